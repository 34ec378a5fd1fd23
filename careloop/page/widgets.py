"""The page's own widgets: a number under its label, and the picture of the last seconds."""

from rich.console import Group, RenderableType
from rich.style import Style
from rich.text import Text
from textual.widget import Widget

from careloop.page.course import Course
from careloop.page.figures import figure
from careloop.page.look import AREA, LINE
from careloop.page.plot import ends, plot
from careloop.page.view import Tile

AXIS = 6
"""Cells at the picture's left for the angles at its ends."""


class Figure(Widget):
    """One large number."""

    tile = Tile("", "")

    def show(self, tile: Tile) -> None:
        """Draw it, if it is another one."""
        if tile != self.tile:
            self.tile = tile
            self.refresh()

    def render(self) -> RenderableType:
        """The label, and below it the number as large as there is room."""
        width, height = self.content_size
        label = Text(self.tile.label, justify="center", no_wrap=True, overflow="ellipsis")
        return Group(label, figure(self.tile.number, width, height - 1, Style(bold=True)))


class Picture(Widget):
    """Reference and angle of the last seconds."""

    drawn: int | None = None
    around = (0.0, 90.0)

    def __init__(self, course: Course, id: str) -> None:  # noqa: A002  (Textual's own name)
        super().__init__(id=id)
        self._course = course

    def show(self, around: tuple[float, float]) -> None:
        """Draw what there is once a column is full; `around` is the range in degrees of the exercise."""
        self.around = around
        if self._course.newest != self.drawn:
            self.drawn = self._course.newest
            self.refresh()

    def render(self) -> RenderableType:
        """The columns, with the angles at both ends of the range beside them."""
        width, height = self.content_size
        columns = self._course.last(max(width - AXIS, 1))
        between = ends(columns, self.around)
        lines = plot(columns, between, height, AREA, LINE)
        named = {0: between[1], height - 1: between[0]}
        return Group(
            *(
                Text.assemble(f"{named[row]:>{AXIS - 2}.0f}° " if row in named else " " * AXIS, line)
                for row, line in enumerate(lines)
            )
        )

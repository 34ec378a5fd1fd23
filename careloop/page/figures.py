"""Numbers to be read from two metres: solid figures of five rows where there is room, Textual's of three elsewhere."""

from rich.align import Align
from rich.console import RenderableType
from rich.style import Style
from rich.text import Text
from textual.renderables.digits import Digits

GLYPHS = {
    "0": "###|# #|# #|# #|###",
    "1": " # |## | # | # |###",
    "2": "###|  #|###|#  |###",
    "3": "###|  #|###|  #|###",
    "4": "# #|# #|###|  #|  #",
    "5": "###|#  |###|  #|###",
    "6": "###|#  |###|# #|###",
    "7": "###|  #|  #|  #|  #",
    "8": "###|# #|###|# #|###",
    "9": "###|# #|###|  #|###",
    "-": "   |   |###|   |   ",
    "–": "   |   |###|   |   ",
    ".": " | | | |#",
    ",": " | | |#|#",
    ":": " |#| |#| ",
}
"""Five rows of pixels each; a pixel is two cells wide, so that it is about square."""

ROWS = 5
GAP = "  "


def solid(text: str) -> list[str] | None:
    """The lines of `text` in solid figures; None where a sign has none."""
    if any(sign not in GLYPHS for sign in text):
        return None
    glyphs = [GLYPHS[sign].replace("#", "██").replace(" ", "  ").split("|") for sign in text]
    return [GAP.join(glyph[row] for glyph in glyphs) for row in range(ROWS)]


def figure(text: str, width: int, height: int, style: Style) -> RenderableType:
    """`text` as large as `width` and `height` (cells) allow, in the middle."""
    lines = solid(text)
    if lines is not None and len(lines[0]) <= width and height >= ROWS:
        return Align.center(Text("\n".join(lines), style, no_wrap=True))
    if Digits.get_width(text) <= width and height >= 3:
        return Align.center(Digits(text, style))
    return Align.center(Text(text, style))

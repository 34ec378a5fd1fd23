"""The sheets to print on A4, in true size: the chessboard for calibration, and a limb's plates."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from careloop.messages.font import readable
from careloop.messages.language import Words
from patient_vision.boards import CHESSBOARD_M, PLATE_M, SEGMENTS, Image, chessboard_image, plate_image
from robot.errors import DeviceError, InputError
from session_records.report.style import INK, styled

A4_M = (0.297, 0.210)
INCH_M = 0.0254
DOTS_PER_INCH = 300
CELL_M = 0.001
"""Every edge of a cell lies on a whole millimetre, so a texel a millimetre is exact."""

RULER_M = 0.100
CHESSBOARD = "chessboard"
SHEETS = (CHESSBOARD, *SEGMENTS)
"""Every sheet by its name."""

FORMATS = (".pdf", ".png")


def print_sheets(path: Path, names: Sequence[str], words: Words) -> None:
    """Write sheets into a PDF, a page each, or one of them into a PNG of 300 dots an inch."""
    unknown = [name for name in names if name not in SHEETS]
    if unknown:
        raise InputError("sheet-unknown", field="--only", given=", ".join(unknown), known=", ".join(SHEETS))
    if path.suffix.lower() not in FORMATS:
        raise InputError("picture-format", field=str(path), known=", ".join(FORMATS))
    if path.suffix.lower() == ".png" and len(names) > 1:
        raise InputError("sheets-several", field=str(path))
    told = {name: _told(name, words) for name in names}
    with styled(), readable("".join(line for lines in told.values() for line in lines)):
        pages = [_page(name, told[name]) for name in names]
        try:
            if path.suffix.lower() == ".png":
                pages[0].savefig(path, dpi=DOTS_PER_INCH)
                return
            with PdfPages(path, metadata={"CreationDate": None}) as file:
                for page in pages:
                    file.savefig(page)
        except OSError as problem:
            raise DeviceError("picture-not-written", file=path, reason=problem.strerror or str(problem)) from problem


def _told(name: str, words: Words) -> tuple[str, str, str]:
    title = words("sheet-chessboard" if name == CHESSBOARD else f"sheet-{name}")
    return title, words("sheet-how-chessboard" if name == CHESSBOARD else "sheet-how-plate"), words("sheet-ruler")


def _page(name: str, told: tuple[str, str, str]) -> Figure:
    """An A4 page across, the sheet in its middle."""
    picture, size = _picture(name)
    page = Figure(figsize=(A4_M[0] / INCH_M, A4_M[1] / INCH_M))
    axes = page.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set(xlim=(0.0, A4_M[0]), ylim=(0.0, A4_M[1]))
    axes.set_axis_off()
    left, bottom = (A4_M[0] - size[0]) / 2.0, (A4_M[1] - size[1]) / 2.0
    extent = (left, left + size[0], bottom, bottom + size[1])
    axes.imshow(picture, cmap="gray", vmin=0, vmax=255, extent=extent, interpolation="nearest", aspect="auto")
    axes.set(xlim=(0.0, A4_M[0]), ylim=(0.0, A4_M[1]))
    title, how, ruler = told
    top = bottom + size[1]
    if name != CHESSBOARD:  # where to cut, and which end is away from the trunk
        axes.add_patch(Rectangle((left, bottom), *size, fill=False, edgecolor=INK, linewidth=0.5))
        above = top + 0.012
        axes.annotate("", (left + size[0], above), (left, above), arrowprops={"arrowstyle": "->", "linewidth": 1.2})
    axes.text(left, A4_M[1] - 0.006, title, va="center", fontsize=10)
    axes.text(left, A4_M[1] - 0.011, how, va="center", fontsize=8)
    axes.plot([left, left + RULER_M], [0.0075, 0.0075], color=INK, lw=0.8, marker="|")
    axes.text(left + RULER_M + 0.004, 0.0075, ruler, va="center", fontsize=8)
    return page


def _picture(name: str) -> tuple[Image, tuple[float, float]]:
    if name == CHESSBOARD:
        return chessboard_image(1.0 / CELL_M), CHESSBOARD_M
    return plate_image(name, 1.0 / CELL_M), PLATE_M

"""Letters for pictures: plots know Latin ones only, so Chinese ones are taken from Noto Sans CJK as they are needed.

The font is variable, and its default is its thinnest; plots cannot choose a weight of it. So the glyphs of the text at
hand are cut out at regular weight, which takes about two seconds and a few kilobytes.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import matplotlib as mpl
from matplotlib.font_manager import fontManager

_SIMPLIFIED_CHINESE = 2
"""The font's place in its collection: Japanese, Korean, simplified Chinese, …"""

_REGULAR = 400
_LATIN = 0x2E80
"""Below this the plots' own font has what we write; from here on begin the CJK blocks."""

_LAYOUT_TABLES = ["GPOS", "GSUB", "BASE", "VORG", "VVAR", "vhea", "vmtx"]
"""For vertical and joined writing, which plots do not do."""


@contextmanager
def readable(text: str) -> Iterator[None]:
    """A context in which plots can show every letter of `text`."""
    letters = {letter for letter in text if ord(letter) >= _LATIN}
    if not letters:
        yield
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "letters.otf"
        _cut_out(letters, path)
        fontManager.addfont(path)
        added = fontManager.ttflist[-1]
        try:
            families = [*mpl.rcParams["font.family"], added.name]
            with mpl.rc_context({"font.family": families, "axes.titleweight": added.weight}):
                yield
        finally:
            fontManager.ttflist.remove(added)


def _cut_out(letters: set[str], path: Path) -> None:
    import manimgx_fonts_cjk
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont
    from fontTools.varLib.instancer import instantiateVariableFont

    (collection,) = Path(manimgx_fonts_cjk.__file__).parent.glob("*.ttc")
    with TTFont(collection, fontNumber=_SIMPLIFIED_CHINESE, lazy=True) as font:
        subsetter = Subsetter(Options(layout_features=[], drop_tables=_LAYOUT_TABLES))
        subsetter.populate(text="".join(letters))
        subsetter.subset(font)
        instantiateVariableFont(font, {"wght": _REGULAR}, inplace=True)
        font.save(path)

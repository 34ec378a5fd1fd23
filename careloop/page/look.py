"""Colours and places of the page: pairs that stay apart for the colour-blind (Okabe and Ito), never alone."""

from rich.style import Style

SKY, ORANGE, VERMILLION, YELLOW, GREY, INK, PAPER = (
    "#56b4e9",
    "#e69f00",
    "#d55e00",
    "#f0e442",
    "#4a4a4a",
    "#000000",
    "#ffffff",
)

AREA, LINE = Style(color="#2f6f9f"), Style(color=YELLOW, bold=True)
"""The reference's area, and the angle's line on it."""

SIGNS = {
    "page-preparing": ("…", "calm"),
    "page-prompt": ("!", "held"),
    "page-armed": ("…", "calm"),
    "page-approach": ("►", "going"),
    "page-trial": ("►", "going"),
    "page-running": ("►", "going"),
    "page-pausing": ("║", "held"),
    "page-held": ("║", "held"),
    "page-paused": ("║", "held"),
    "page-finishing": ("■", "ending"),
    "page-stopping": ("■", "ending"),
    "page-off": ("■", "ending"),
    "page-ending": ("■", "calm"),
    "page-completed": ("√", "going"),
    "page-ended": ("■", "ending"),
}
"""Of each phase: the sign before its words, and the colours of its band."""

COLOURS = ("calm", "going", "held", "ending")

HINTS = {
    "page-prompt": "page-hint-give-up",
    "page-trial": "page-hint-stop",
    "page-running": "page-hint-stop",
    "page-approach": "page-hint-stop",
    "page-held": "page-hint-go-on",
    "page-paused": "page-hint-resume",
    "page-pausing": "page-hint-stop",
    "page-ending": "page-hint-record",
    "page-completed": "page-leave",
    "page-ended": "page-leave",
}
"""What can be done in a phase."""

CSS = f"""
Screen {{ background: {INK}; color: {PAPER}; overflow: hidden; }}
#title {{ height: 1; color: {PAPER}; }}
#phase {{ height: 3; content-align: center middle; text-align: center; text-style: bold; }}
#phase.calm {{ background: {GREY}; color: {PAPER}; }}
#phase.going {{ background: {SKY}; color: {INK}; }}
#phase.held {{ background: {YELLOW}; color: {INK}; }}
#phase.ending {{ background: {VERMILLION}; color: {PAPER}; }}
#tiles {{ layout: grid; grid-size: 3 2; height: 8; }}
.tile {{ height: 4; }}
#legend {{ height: 1; color: {SKY}; }}
#plot {{ height: 1fr; }}
#guard.acts, #stops.acts, #camera.acts {{ background: {ORANGE}; color: {INK}; text-style: bold; }}
#foot {{ dock: bottom; height: auto; }}
#guard, #stops, #camera {{ height: auto; max-height: 2; }}
#camera.unused {{ display: none; }}
#note {{ height: auto; min-height: 1; max-height: 3; text-style: bold; }}
#note.refused {{ background: {ORANGE}; color: {INK}; }}
#keys {{ height: 1; background: {GREY}; color: {PAPER}; }}
.-roomy #phase {{ height: 5; }}
.-roomy #tiles {{ height: 16; }}
.-roomy .tile {{ height: 8; border: round {GREY}; }}
.over #plot, .over #legend, .over #keys {{ display: none; }}
.over #phase {{ height: 1fr; }}
"""

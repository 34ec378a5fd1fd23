"""Which language a person reads, and how dates and numbers are written where they live."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from careloop.messages import UNKNOWN as UNKNOWN
from careloop.messages import catalogue, filled

LANGUAGES = ("en", "zh")
"""The catalogues that there are; a language more is one file beside them."""

_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""Of the environment, the first that is set."""

_PLACES = 3
"""Digits after the decimal point at most."""


@dataclass(frozen=True, slots=True)
class Words:
    """Sentences in one language; `locale`, by Babel's name, writes their dates and numbers."""

    language: str = "en"
    locale: str = "en"

    def __call__(self, code: str, /, **values: Any) -> str:
        """The sentence for `code`, its values filled in."""
        return filled(catalogue(self.language)[code], {name: self.shown(value) for name, value in values.items()})

    def shown(self, value: Any) -> str:
        """A value as a person reads it: a moment in local time, a number with the locale's decimal point."""
        if value is None:
            return UNKNOWN
        if isinstance(value, datetime):
            return self.moment(value)
        if isinstance(value, date):
            return self.day(value)
        return self.number(value) if isinstance(value, float | int) and not isinstance(value, bool) else str(value)

    def number(self, value: float, places: int = _PLACES) -> str:
        """A number with at most `places` digits after the point, not grouped."""
        from babel.numbers import format_decimal

        return format_decimal(Decimal(f"{value:.{places}f}"), format="0." + "#" * places, locale=_locale(self.locale))

    def day(self, day: date) -> str:
        """A day as it is written here."""
        from babel.dates import format_date

        return format_date(day, "medium", locale=_locale(self.locale))

    def moment(self, moment: datetime) -> str:
        """Day and minute, by the clock on the wall."""
        from babel.dates import format_time

        here = moment.astimezone()
        return f"{self.day(here.date())} {format_time(here, 'HH:mm', locale=_locale(self.locale))}"

    def weekday(self, day: date) -> str:
        """The day of the week, and the day."""
        from babel.dates import format_date

        return self("weekday-day", weekday=format_date(day, "EEEE", locale=self.language), day=day)

    def joint(self, name: str) -> str:
        """A joint's name where it is one of the body's own; a robot may name others."""
        return catalogue(self.language).get(f"joint-{name}", name)

    def listed(self, parts: list[str]) -> str:
        """Several things in one line."""
        return self("list-comma").join(parts)


def words_for(given: str | None, environment: Mapping[str, str]) -> Words:
    """The language that was asked for; without one, the locale's as far as there is a catalogue, else English.

    Dates and numbers are the locale's own, unless another language than the locale's was asked for.
    """
    locale = next((environment[name] for name in _VARIABLES if environment.get(name)), "")
    place = locale.partition(".")[0].partition("@")[0]
    spoken = place.partition("_")[0]
    language = given or (spoken if spoken in LANGUAGES else "en")
    return Words(language, place if given in (None, spoken) and spoken.isalpha() and len(spoken) == 2 else language)


@cache
def _locale(name: str) -> Any:
    """Babel's locale of a name; English where it knows none."""
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(name)
    except (UnknownLocaleError, ValueError):
        return Locale("en")

"""A whole session with its page, as a process on a terminal: `python -m tests.careloop.paged HOME PLAN TARGET MORE`.

The target is a port or `sim`. With `fails` as MORE the page fails as soon as the session runs. It ends with one line:
the reason of the session's end.
"""

import sys
from pathlib import Path

from careloop.build import load_exercise
from careloop.messages.language import Words
from careloop.page.showing import Shown, run_with_page
from careloop.page.watched import Watched
from careloop.session.dose import Dose
from careloop.session.prepare import Target, Treatment
from careloop.session.run import Outcome, run_session
from careloop.session.supervision import counted_interrupts
from careloop.settings import Home
from robot.controller import Person


def fail(watched: Watched) -> None:
    """What a page that has a mistake meets."""
    raise ZeroDivisionError("of this test")


def main(home: str, plan: str, on: str, more: str = "") -> None:
    """Very many repetitions."""
    if more == "fails":
        Watched.acting = property(fail)  # type: ignore[assignment,method-assign]
    exercise = load_exercise(plan)
    target = Target(patient="passive") if on == "sim" else Target(ports={"main": on})
    with counted_interrupts() as interrupts:

        def run(shown: Shown) -> Outcome:
            return run_session(
                exercise,
                target,
                Person(1.75, 75.0),
                {},
                Home(Path(home)),
                no_person=True,
                tell=lambda status: None,
                ask=shown.ask,
                interrupts=interrupts,
                treatment=Treatment(
                    patient="P-1",
                    side="left",
                    operator="op",
                    prescription=None,
                    dose=Dose(1000, trial=False),
                    enter=lambda registry, session: shown.begin(registry.folder(session)),
                ),
            )

        outcome = run_with_page(run, interrupts, Words(), "P-1")
    print(outcome.end.reason)


if __name__ == "__main__":
    main(*sys.argv[1:])

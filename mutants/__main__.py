"""Mutates the safety modules and tells which mutants no test noticed: `python -m mutants [SUBJECT]...`."""

import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from mutants import GATE, SUBJECTS, trees
from mutants.operators import Mutant, mutants_of
from mutants.trees import ROOT, Tests

JOBS = int(os.environ.get("JOBS") or os.cpu_count() or 1)
KILLED, SURVIVED, TIMEOUT = "killed", "survived", "timeout"


@dataclass
class Running:
    """A mutant whose tests run in `tree`, until when at most (s, monotonic)."""

    mutant: Mutant
    tree: Path
    deadline: float


def main() -> None:
    """Run the asked subjects, or all; the exit status is 1 where a subject's share is below the gate."""
    asked = sys.argv[1:] or list(SUBJECTS)
    if unknown := set(asked) - set(SUBJECTS):
        sys.exit(f"there is no subject {', '.join(sorted(unknown))}; there are {', '.join(SUBJECTS)}")
    begun = time.monotonic()
    trees.preload()
    results: dict[str, list[tuple[Mutant, str]]] = {subject: [] for subject in asked}
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True)) as progress:
        for subject in asked:
            task = progress.add_task(subject, total=None)
            with tempfile.TemporaryDirectory() as scratch:
                for total, mutant, outcome in outcomes(Path(scratch), *SUBJECTS[subject]):
                    results[subject].append((mutant, outcome))
                    progress.update(task, advance=1, total=total)
    sys.exit(0 if report(Console(), results, time.monotonic() - begun) else 1)


def outcomes(scratch: Path, modules: list[str], tests: list[str]) -> Iterator[tuple[int, Mutant, str]]:
    """The mutants of the modules, how many there are, and what became of each."""
    copies = [scratch / str(job) for job in range(JOBS)]
    trees.copy_source(ROOT, copies[0])
    known = trees.run_sound(copies[0], _found(copies[0], tests))
    for copy in copies[1:]:
        trees.copy_source(copies[0], copy)
    paths = _found(copies[0], modules)
    sound = {path: (copies[0] / path).read_text(encoding="utf-8") for path in paths}
    broken = [Mutant(path, "broken", 1, "", "", "raise AssertionError\n") for path in paths]
    for mutant, outcome in run_all(broken, sound, copies, known):
        if outcome != KILLED:
            sys.exit(f"no test imports {mutant.module} from the copy that is mutated")
    mutants = [mutant for path, source in sound.items() for mutant in mutants_of(path, source)]
    for mutant, outcome in run_all(mutants, sound, copies, known):
        yield len(mutants), mutant, outcome


def _found(tree: Path, patterns: list[str]) -> list[str]:
    return [str(path.relative_to(tree)) for pattern in patterns for path in sorted(tree.glob(pattern))]


def run_all(
    mutants: list[Mutant], sound: dict[str, str], copies: list[Path], tests: Tests
) -> Iterator[tuple[Mutant, str]]:
    """Run the tests on each mutant, as many at once as there are copies; `sound` has the modules' own texts."""
    waiting, free, running = list(reversed(mutants)), list(copies), dict[int, Running]()
    try:
        while waiting or running:
            while waiting and free:
                mutant, tree = waiting.pop(), free.pop()
                trees.put(tree, mutant.module, mutant.source)
                # Generous, since only a run that waits for ever comes to it: one that loops ends itself.
                deadline = time.monotonic() + 20.0 + 4.0 * tests.seconds
                running[trees.start(tree, tests)] = Running(mutant, tree, deadline)
            ended = list(_ended(running))
            for pid, outcome in ended:
                done = running.pop(pid)
                tests.note_killer(done.tree)
                trees.put(done.tree, done.mutant.module, sound[done.mutant.module])
                free.append(done.tree)
                yield done.mutant, outcome
            if not ended:
                time.sleep(0.01)
    finally:
        for pid in running:
            trees.end(pid)


def _ended(running: dict[int, Running]) -> Iterator[tuple[int, str]]:
    for pid, run in running.items():
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            looped = os.waitstatus_to_exitcode(status) == -signal.SIGXCPU
            yield pid, TIMEOUT if looped else KILLED if status else SURVIVED
        elif time.monotonic() > run.deadline:
            trees.end(pid)
            yield pid, TIMEOUT


def report(console: Console, results: dict[str, list[tuple[Mutant, str]]], seconds: float) -> bool:
    """Print the figures of each subject and its modules, and the survivors; whether every subject passes the gate."""
    table = Table("", "mutants", "killed", "survived", "timeouts", "share")
    passed = True
    for subject, all_of_it in results.items():
        share = _add(table, f"[bold]{subject}[/bold]", [outcome for _, outcome in all_of_it])
        passed &= share >= GATE
        for module in dict.fromkeys(mutant.module for mutant, _ in all_of_it):
            _add(table, f"  {module}", [outcome for mutant, outcome in all_of_it if mutant.module == module])
    console.print(table)
    console.print(f"{seconds / 60.0:.0f} min; a timeout counts as noticed; {GATE:.0%} of each subject must be")
    for mutant, outcome in (one for all_of_it in results.values() for one in all_of_it):
        if outcome == SURVIVED:
            text = f"{mutant.module}:{mutant.line}  {mutant.operator}\n  - {mutant.before}\n  + {mutant.after}"
            console.print(text, markup=False, highlight=False, soft_wrap=True)
    return passed


def _add(table: Table, name: str, outcomes: list[str]) -> float:
    """Add a row of figures; returns the share that was noticed."""
    share = 1.0 - outcomes.count(SURVIVED) / max(len(outcomes), 1)
    figures = (len(outcomes), *(outcomes.count(one) for one in (KILLED, SURVIVED, TIMEOUT)))
    table.add_row(name, *map(str, figures), f"{share:.1%}")
    return share


if __name__ == "__main__":
    main()

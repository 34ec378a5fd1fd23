"""Peers that have an environment of their own: installed from the registry once, then kept in the cache."""

import subprocess
import sys
import venv
from pathlib import Path

from robot.compile import cache_folder

OPENSOURCELEG = "opensourceleg==3.5.0"
"""The version whose loop the facts of the field were measured with."""

PATIENCE_S = 600.0


def python_with(package: str) -> Path:
    """A Python that has `package`; blocks for about a minute the first time.

    Raises `OSError` with the reason where it cannot be had, as without a registry.
    """
    folder = cache_folder().with_name("benchmarks") / package
    python = folder / "bin" / "python"
    ready = folder / "ready"
    if ready.exists():
        return python
    try:
        venv.create(folder, clear=True, with_pip=True)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package],
            check=True,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
    except subprocess.CalledProcessError as problem:
        raise OSError((problem.stderr or "").strip().rpartition("\n")[2]) from problem
    except subprocess.TimeoutExpired as problem:
        raise OSError(f"no answer within {PATIENCE_S:.0f} s") from problem
    ready.touch()
    return python


def own_python() -> Path:
    """The Python that runs the benchmark."""
    return Path(sys.executable)

"""Every test reads English with a decimal point, whatever the machine speaks; those of languages choose their own.

The tests of a file run on one worker, but for those of a group of their own: what they share is made once.

Hypothesis tries the same examples each time, so that a run says something of the code alone:
`--hypothesis-profile=random` looks for new ones, as `make test-all` does.
"""

import os

import pytest
from hypothesis import settings

os.environ.update(LC_ALL="C.UTF-8")
os.environ.pop("CARELOOP_LANG", None)

settings.register_profile("random", deadline=None, derandomize=False)
settings.register_profile("same", deadline=None, derandomize=True, print_blob=False)
settings.load_profile("same")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))

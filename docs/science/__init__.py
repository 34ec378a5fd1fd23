"""Published findings put to the test: `python -m docs.science [NAME ...]` measures and writes their pages."""

NAMES = ("wall", "tunnel", "slacking", "rhythm", "tracking")
"""The pages that there are: each a module here, which gives what `docs.science.page.Page` asks for."""

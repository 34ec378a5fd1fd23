# make demo and make test do all the set-up; nothing else needs to be run first.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
JOBS   ?= $(shell nproc)
# Groups in the order of the files: the sessions in real time, which take longest, are among the first.
PYTEST := $(BIN)/python -m pytest -n $(JOBS) --dist loadgroup --no-loadscope-reorder

# The tests start processes by the hundred: each reads modules that are compiled already.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup demo test test-all campaigns mutants check bench science validation format clean

setup: $(VENV)/ready

$(VENV)/ready: pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "careloop needs $(PYTHON); on Debian 12: apt-get install python3.11-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: setup
	$(BIN)/careloop demo

test: setup
	$(PYTEST)

test-all: setup
	$(PYTEST) -m '' --hypothesis-profile=random

# SUBJECTS="guard proof" tries some alone; see docs/mutants.md.
mutants: $(VENV)/mutants
	$(BIN)/python -m mutants $(SUBJECTS)

$(VENV)/mutants: $(VENV)/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,mutants]'
	@touch $@

# A hundred kills of each process and two simulated hours; let the machine do nothing else. See docs/campaigns.md.
campaigns: setup
	$(BIN)/python -m tests.campaigns

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: setup
	$(BIN)/python -m benchmarks

# PAGES="wall tunnel" measures and writes some alone; see docs/science/README.md.
science: setup
	$(BIN)/python -m docs.science $(PAGES)

# PLANS="care-meal knee-walking" measures some alone; the others' figures stay. All of them take minutes each.
validation: setup
	$(BIN)/python -m docs.validation $(PLANS)

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

# Two commands do all set-up on a machine with Python 3.11+ and make:
#   make demo    the product at work, without a helpdesk of your own
#   make test    everything CI checks without a real helpdesk
# With Debian's or Ubuntu's packages, and root or sudo once to install Request Tracker:
#   make test-live    the product against a real helpdesk (make test LIVE=1: all tests in one run)
#   make test-znuny   the same against a Znuny (Debian 12)
# Another interpreter: make test PYTHON=python3.12

PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
  $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
  && echo $$name && exit 0; done; echo python3)
VENV ?= .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet
PYTEST_ARGS ?=
# LIVE=1: with the tests that need an installed Request Tracker.
LIVE ?=
# Test files are shared out among three processes, which mostly wait; PARALLEL= runs them one after the other.
PARALLEL ?= -n 3 --dist loadfile --no-loadscope-reorder
RUN_TESTS := $(if $(filter-out 0,$(LIVE)),.ci/all-tests $(BIN)/python,$(BIN)/python -m pytest $(PARALLEL))
START_RT := tests/live/start-rt.sh
START_ZNUNY := tests/live/start-znuny.sh
# Where this is set, each process compiles all that it imports anew: tests start hundreds of them.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help demo test test-live test-znuny test-week test-long check format lock bench clean

help:
	@sed -n '1,8s/^# \{0,1\}//p' Makefile

demo: $(STAMPS)/runtime
	@$(BIN)/python cli.py demo $(DEMO_ARGS)

# A lint error does not hide what the tests say: both run at once, and either fails it.
test: $(STAMPS)/project
	@failed=0; said=$$(mktemp); \
	 nice -n 10 $(MAKE) --no-print-directory check >$$said 2>&1 & checked=$$!; \
	 $(RUN_TESTS) $(PYTEST_ARGS) || failed=1; \
	 wait $$checked || { failed=1; cat $$said >&2; }; rm -f $$said; exit $$failed

# Nothing of a Request Tracker that runs on this machine already is read or changed.
test-live: $(STAMPS)/project
	@bash $(START_RT) installed || { \
	  echo "Installing Request Tracker from this machine's packages ..."; \
	  if [ "$$(id -u)" -eq 0 ]; then bash $(START_RT) install; \
	  else sudo bash $(START_RT) install; fi >/dev/null || { \
	    echo "That failed. It needs Debian or Ubuntu with their package sources, and root or sudo:" \
	         "sudo $(START_RT) install"; exit 1; }; }
	@$(BIN)/python -m pytest -m live $(PYTEST_ARGS) tests/live

# A second real helpdesk, of the OTRS family; nothing of a Znuny on this machine is read or changed.
test-znuny: $(STAMPS)/project
	@bash $(START_ZNUNY) installed || { \
	  echo "Installing Znuny from Debian's non-free packages ..."; \
	  if [ "$$(id -u)" -eq 0 ]; then bash $(START_ZNUNY) install; \
	  else sudo bash $(START_ZNUNY) install; fi >/dev/null || { \
	    echo "That failed. It needs Debian 12 with its package sources, and root or sudo:" \
	         "sudo $(START_ZNUNY) install"; exit 1; }; }
	@$(BIN)/python -m pytest -m znuny $(PYTEST_ARGS) tests/live/znuny

# More virtual weeks of faults and kills by chance than `make test` plays (tests/week).
SEEDS ?= 20
test-week: $(STAMPS)/project
	@SEEDS=$(SEEDS) $(BIN)/python -m pytest -m "not live" $(PYTEST_ARGS) tests/week

# What `make test` leaves out for its length; the live part needs a Request Tracker (make test-live).
test-long: $(STAMPS)/project
	@$(BIN)/python -m pytest -m "long and not live" $(PARALLEL) $(PYTEST_ARGS)

check: $(STAMPS)/project
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/python -m mypy --strict
	@$(BIN)/lint-imports --no-cache --no-logo

format: $(STAMPS)/dev
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .

bench: $(STAMPS)/bench
	@for script in benchmarks/*.py; do $(BIN)/python $$script || exit 1; done

# The lock files hold versions and hashes, never the address of a package index.
lock:
	@command -v uv >/dev/null || { echo "make lock needs uv (see docs/decisions/0003)"; exit 1; }
	uv pip compile $(LOCK_FLAGS) pyproject.toml -o requirements.lock
	uv pip compile $(LOCK_FLAGS) pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
	uv pip compile $(LOCK_FLAGS) pyproject.toml --group dev --extra bench -c requirements-dev.lock \
	  -o requirements-bench.lock
LOCK_FLAGS := --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache

$(STAMPS)/venv:
	@command -v $(PYTHON) >/dev/null 2>&1 || { \
	  echo "No $(PYTHON) on this machine. Install Python 3.11 or newer," \
	       "or name one: make test PYTHON=/path/to/python3.12"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$(PYTHON) is $$($(PYTHON) --version 2>&1), slaplugin needs Python 3.11 or newer." \
	       "Name another one: make test PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "$(PYTHON) comes without venv or ensurepip. On Debian and Ubuntu:" \
	       "apt install python3-venv; elsewhere install a complete Python."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/runtime: requirements.lock $(STAMPS)/venv
	@echo "Installing what slaplugin runs on ..."
	@$(PIP) install --require-hashes -r requirements.lock
	@touch $@

$(STAMPS)/dev: requirements-dev.lock $(STAMPS)/venv
	@echo "Installing what the tests run on ..."
	@$(PIP) install --no-compile --require-hashes -r requirements-dev.lock
	@touch $@ $(STAMPS)/runtime

# hatchling comes from the lock file, so that building the editable install downloads nothing.
$(STAMPS)/project: pyproject.toml $(STAMPS)/dev
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(STAMPS)/bench: requirements-bench.lock $(STAMPS)/project
	@$(PIP) install --require-hashes -r requirements-bench.lock
	@touch $@

# Two commands do all set-up on a fresh machine: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check -q
ONLY ?=

.PHONY: setup setup-dev run test check prove bench torture screenshot lock tools clean

setup: $(VENV)/.ready
$(VENV)/.ready: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	touch $@

setup-dev: $(VENV)/.ready-dev
$(VENV)/.ready-dev: $(VENV)/.ready tests/requirements.lock
	$(PIP) install --require-hashes -r tests/requirements.lock
	touch $@

run: setup
	$(BIN)/caretaker run --demo

# Real parts for the tests: Debian's Chromium and Mosquitto, where this user may install them.
tools:
	@deploy/test-tools.sh

test: setup-dev tools
	$(BIN)/pytest -n 2 --dist loadgroup -m "not prove"

check: setup-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/caretaker check

# The long proofs: torture, fuzz, seasons; bounded to 30 minutes.
prove: setup-dev tools
	$(BIN)/pytest -m prove

torture: setup-dev tools
	$(BIN)/pytest -m prove tests/flow -k "killed or faults or fuzz"

# Prints tables; BENCH_JSON=file writes {"name": figure}; ONLY=name runs one.
bench: setup-dev
	$(BIN)/python -m tests.benchmarks $(ONLY)

screenshot: setup-dev tools
	$(BIN)/python -m tests.e2e.screenshot docs/pictures

# Needs uv; the locks carry hashes and no index address. setuptools builds the editable install.
LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -q
lock:
	echo "setuptools>=77" | $(LOCK) pyproject.toml - -o requirements.lock
	echo "setuptools>=77" | $(LOCK) pyproject.toml - --extra postgresql --extra gateways --extra dask --group dev \
		-c requirements.lock -o tests/requirements.lock

clean:
	rm -rf $(VENV) build dist *.egg-info

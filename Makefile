# Python 3.11 or later and make are enough: each target installs what it needs, and may run twice.
SHELL := /bin/sh
VENV := .venv
PYTHON := $(VENV)/bin/python
INSTALLED := $(VENV)/.installed
UV := $(VENV)/lock/bin/uv
PIP_OPTIONS := --disable-pip-version-check --no-input
LOCKED := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header

# Options for what a target runs: make up ARGS="--port 9000", make test ARGS="tests/unit -x"
ARGS ?=

.PHONY: help install up test check docs bench lock

help:
	@echo "make up       everything on this machine, with a demo: http://127.0.0.1:8000"
	@echo "make test     all tests"
	@echo "make check    lint, types, layers, published documents"
	@echo "make docs     docs/api: what is on Kafka (AsyncAPI), what the API answers (OpenAPI)"
	@echo "make bench    the benchmarks"
	@echo "make install  .venv with everything, and the command .venv/bin/truesend"
	@echo "make lock     the newest versions that pyproject.toml allows, written to requirements/"

install: $(INSTALLED)

$(INSTALLED): requirements/dev.lock pyproject.toml
	@set -e; \
	if ! $(PYTHON) -m pip --version >/dev/null 2>&1; then \
		python=$$(sh tools/find-python); \
		echo "Creating $(VENV) with $$($$python --version)"; \
		$$python -m venv --clear $(VENV); \
	fi; \
	echo "Installing $$(grep -c '==' $<) packages; the first time takes a minute or two"; \
	rm -f $(VENV)/.failed; \
	{ PYTHONUNBUFFERED=1 $(PYTHON) -m pip install $(PIP_OPTIONS) --require-hashes -r $< || touch $(VENV)/.failed; } | \
		sed -n -e 's/^Collecting \([^ ;=]*\).*/  \1/p' -e 's/^Installing.*/  all fetched, unpacking/p'; \
	test ! -e $(VENV)/.failed; \
	$(PYTHON) -m pip install $(PIP_OPTIONS) --quiet --no-deps --no-build-isolation -e .; \
	touch $@

# The stack ends with make, however make ends.
up: $(INSTALLED)
	@exec $(PYTHON) truesend/cli/local/launch.py --parent=$$PPID --death-signal=15 -- $(VENV)/bin/truesend up $(ARGS)

test: $(INSTALLED)
	$(PYTHON) -m pytest -n 4 --ignore=tests/bench --ignore=tests/chaos $(ARGS)

check: $(INSTALLED)
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	$(VENV)/bin/lint-imports
	$(PYTHON) -m services.api.openapi.publish --check

docs: $(INSTALLED)
	$(PYTHON) -m services.api.openapi.publish $(ARGS)

bench: $(INSTALLED)
	$(PYTHON) -m tests.bench $(ARGS)

lock: $(UV)
	$(UV) pip compile -q --upgrade pyproject.toml $(LOCKED) -o requirements/runtime.lock
	$(UV) pip compile -q --upgrade pyproject.toml --extra embedded --group dev $(LOCKED) -o requirements/dev.lock

$(UV): $(INSTALLED)
	@$(PYTHON) -m venv $(VENV)/lock
	@$(VENV)/lock/bin/python -m pip install $(PIP_OPTIONS) --quiet 'uv>=0.13,<0.14'

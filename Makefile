# Needs Python 3.11 or later and nothing else; everything is installed into .venv.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= auto
DEMO := out/demo
BASE ?= main

.DEFAULT_GOAL := help
.PHONY: help demo test lint types e2e same bench matrix golden wheel clean

help:  ## list what can be made
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "ing2gw needs Python 3.11 or later")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-dev: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-e2e: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,e2e]'
	@touch $@

demo: $(VENV)/.installed  ## convert the Ingresses of fixtures/demo and show the report
	@rm -rf $(DEMO)
	@echo '$$ ing2gw convert fixtures/demo -o $(DEMO)'
	@$(BIN)/ing2gw convert fixtures/demo -o $(DEMO) || [ $$? -eq 1 ]
	@echo
	@echo 'Written:'
	@find $(DEMO) -name '*.yaml' | sort

test: $(VENV)/.installed-dev  ## run all tests but those that need a real Envoy
	$(BIN)/python -m pytest -n $(WORKERS)

lint: $(VENV)/.installed-dev  ## check style
	$(BIN)/ruff check .

types: $(VENV)/.installed-dev  ## check types
	$(BIN)/mypy

e2e: $(VENV)/.installed-e2e  ## ask a real Envoy Gateway (egctl) and a real Envoy
	$(BIN)/python -m pytest -m e2e -n 2

same: $(VENV)/.installed-dev  ## compare all output with that of another revision (BASE=main)
	$(BIN)/python tools/same.py $(BASE)

bench: $(VENV)/.installed-dev  ## measure time and memory; rewrites docs/performance.md
	$(BIN)/python tools/bench.py

matrix: $(VENV)/.installed  ## renew the support matrix in README.md and docs/annotations.md
	$(BIN)/python tools/matrix.py

golden: $(VENV)/.installed-dev  ## renew the expected files (read the difference before you commit it)
	$(BIN)/python -m pytest tests/test_fixtures.py tests/test_fixture_acp.py tests/test_reporting_golden.py --update-golden

wheel: $(VENV)/.installed-dev  ## build the wheel
	$(BIN)/python -m build --wheel

clean:  ## remove what was generated, the environment included
	rm -rf $(VENV) build dist out .pytest_cache .mypy_cache .ruff_cache .hypothesis

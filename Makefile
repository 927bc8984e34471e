# Needs Python 3.11 or later and nothing else; everything is installed into .venv.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= auto
DEMO := out/demo
DIST := dist
BASE ?= main
SAMPLE ?= 1

.DEFAULT_GOAL := help
.PHONY: help demo check format lint types test long coverage golden matrix same bench e2e wheel dist installed clean

help:  ## list what can be made
	@awk -F ':.*## ' '/^##@ / {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' \
	  $(MAKEFILE_LIST)

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

##@ Use

demo: $(VENV)/.installed  ## convert the Ingresses of fixtures/demo and show the report
	@rm -rf $(DEMO)
	@echo '$$ ing2gw convert fixtures/demo -o $(DEMO)'
	@$(BIN)/ing2gw convert fixtures/demo -o $(DEMO) || [ $$? -eq 1 ]
	@echo
	@echo 'Written:'
	@find $(DEMO) -name '*.yaml' | sort

##@ Check

check: lint types test  ## all that has to hold before a change is committed

lint: $(VENV)/.installed-dev  ## check style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev  ## check types, of the tests too
	$(BIN)/mypy

test: $(VENV)/.installed-dev  ## run all tests but those that need a real Envoy
	$(BIN)/python -m pytest -n $(WORKERS)

long: $(VENV)/.installed-dev  ## run the tests that take long: all combinations of what the suite has a sample of
	$(BIN)/python -m pytest -n $(WORKERS) -m long

coverage: $(VENV)/.installed-dev  ## run them and print which lines and branches they reach
	$(BIN)/python -m pytest -n $(WORKERS) --cov --cov-report=term:skip-covered

e2e: $(VENV)/.installed-e2e  ## ask a real Envoy Gateway (egctl) and a real Envoy
	$(BIN)/python -m pytest -m e2e -n 2

##@ Change

format: $(VENV)/.installed-dev  ## bring Python into form
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

golden: $(VENV)/.installed-dev  ## renew the expected files (read the difference before you commit it)
	$(BIN)/python -m pytest tests/test_fixtures.py tests/test_fixture_acp.py tests/test_reporting_golden.py tests/test_plan_golden.py --update-golden

matrix: $(VENV)/.installed  ## renew the generated tables in docs/
	$(BIN)/python tools/matrix.py

same: $(VENV)/.installed-dev  ## compare all output with that of another revision (BASE=main, SAMPLE=20: every 20th run)
	$(BIN)/python tools/same.py $(BASE) --sample $(SAMPLE)

bench: $(VENV)/.installed-dev  ## measure time and memory; rewrites docs/performance.md
	$(BIN)/python tools/bench.py

##@ Release

wheel: $(VENV)/.installed-dev  ## build the wheel, in dist/
	@rm -rf $(DIST)
	$(BIN)/python -m build --wheel --outdir $(DIST) .

dist: $(VENV)/.installed-dev  ## build sdist and wheel, in dist/
	@rm -rf $(DIST)
	$(BIN)/python -m build --outdir $(DIST) .

installed:  ## test the wheel of dist/ in an environment of its own
	$(PYTHON) tools/installed.py $(DIST)/*.whl

clean:  ## remove what was generated, the environment included
	rm -rf $(VENV) build $(DIST) out .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage

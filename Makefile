# How ClinicDesk is started, tested and worked on. `make` lists what there is.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

NEW_ENOUGH = -c 'import sys; sys.exit(sys.version_info < (3, 11))'
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p $(NEW_ENOUGH) 2>/dev/null && command -v $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
WORKERS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN); echo $$(( n > 4 ? 4 : n )))
WAITERS ?= $(shell echo $$(( $(WORKERS) + 1 ))) # for tests that wait for browsers and sockets much of their time

PRODUCT := $(VENV)/.product
TOOLS := $(VENV)/.tools
PACKAGES := frontend/node_modules/.stamp

.PHONY: help run start test check fix bench screenshots demo migrate translations assets requirements clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  \033[1mmake %-14s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(PRODUCT) assets catalogues ## the demo clinic on http://127.0.0.1:8000 (PORT=...); Ctrl-C stops all of it
	@exec $(BIN)/python run.py --demo

start: $(PRODUCT) assets catalogues ## real use: no demo data, asks for the first administrator
	@exec $(BIN)/python run.py

test: $(TOOLS) assets catalogues browser ## everything that is checked and tested, on SQLite and on PostgreSQL
	@$(call timed,check,$(MAKE) check)
	@$(call timed,unit and architecture,$(BIN)/pytest -q -n $(WORKERS) tests/unit tests/architecture)
	@$(call timed,SQLite,$(BIN)/pytest -q -n $(WAITERS) --database sqlite $(SLOW_TESTS))
	@$(call timed,PostgreSQL,$(BIN)/pytest -q -n $(WORKERS) --database postgresql --only-database-tests $(SLOW_TESTS))
	@$(call timed,screens,$(BIN)/pytest -q -n $(WORKERS) tests/screens)

# What is run, under its name, and the time that it took.
timed = echo "== $(1)" && SECONDS=0 && $(2) && echo "== $(1): $$SECONDS s"

# The tests of access come last: they are shared out one by one and fill what time the files leave.
SLOW_TESTS = $(wildcard tests/integration tests/web tests/contract tests/browser tests/access)

.PHONY: browser
browser: $(TOOLS)
	@scripts/ensure_browser.sh $(BIN)/python

check: $(TOOLS) ## lint, format, types, imports, templates, migrations, translations
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache > .lint-imports.log || { cat .lint-imports.log; rm .lint-imports.log; exit 1; }; rm .lint-imports.log
	@$(BIN)/djlint templates --lint --quiet
	@$(BIN)/djlint templates --check --quiet
	@$(BIN)/python scripts/check_migrations.py
	@$(BIN)/python scripts/translations.py check

fix: $(TOOLS) ## format, and mend what can be mended by itself
	@$(BIN)/ruff check --fix . || true
	@$(BIN)/ruff format .
	@$(BIN)/djlint templates --reformat --quiet || true

bench: $(TOOLS) assets catalogues ## benchmarks, as JSON with the machine's facts (minutes)
	@$(BIN)/python -m tests.bench

screenshots: $(TOOLS) assets catalogues browser ## pictures of all screens in screenshots/ (SCREENSHOTS=folder, ONLY=part of a name)
	@$(BIN)/python -m tests.screens --into "$(or $(SCREENSHOTS),screenshots)" --only "$(ONLY)"

demo: $(PRODUCT) assets catalogues ## plays a live clinic day in the running demo
	@CLINICDESK_DEMO=1 $(BIN)/flask --app app demo day

migrate: $(PRODUCT) ## a new migration from the models: make migrate MESSAGE="add rooms"
	@test -n "$(MESSAGE)" || { echo 'Say what it does: make migrate MESSAGE="add rooms"'; exit 1; }
	@$(BIN)/flask --app app db upgrade && $(BIN)/flask --app app db migrate --message "$(MESSAGE)"

translations: $(PRODUCT) ## bring every language up to date with the texts, and name what is still to be translated
	@$(BIN)/python scripts/translations.py update; status=$$?; $(MAKE) catalogues; exit $$status

assets: $(PACKAGES) ## build the styles and scripts of the pages, where something changed
	@scripts/with_node.sh node frontend/build.mjs

CATALOGUES := $(patsubst %.po,%.mo,$(wildcard translations/*/LC_MESSAGES/messages.po))

.PHONY: catalogues
catalogues: $(CATALOGUES)

%.mo: %.po | $(PRODUCT)
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@ --locale $(notdir $(patsubst %/LC_MESSAGES/,%,$(dir $<)))

requirements: $(TOOLS) ## compile requirements*.txt from requirements*.in (UPGRADE=1 takes newer versions)
	@$(BIN)/uv pip compile --quiet --no-header $(if $(UPGRADE),--upgrade) requirements.in --output-file requirements.txt
	@$(BIN)/uv pip compile --quiet --no-header $(if $(UPGRADE),--upgrade) requirements-dev.in --output-file requirements-dev.txt

clean: ## remove what was built; keeps instance/
	@rm -rf $(VENV) frontend/node_modules app/static/build app/static/fonts .mypy_cache .pytest_cache .ruff_cache

$(BIN)/python:
	@test -n "$(PYTHON)" && $(PYTHON) $(NEW_ENOUGH) \
		|| { echo "Python 3.11 or newer is needed. Name one: make $(MAKECMDGOALS) PYTHON=/path/to/python3"; exit 1; }
	@echo "Making a virtual environment in $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "Python's venv module is missing (Debian: apt install python3-venv)."; exit 1; }

$(PRODUCT): requirements.txt | $(BIN)/python
	@echo "Installing the Python packages (once) ..."
	@$(PIP) -r requirements.txt
	@touch $@

$(TOOLS): requirements-dev.txt $(PRODUCT)
	@echo "Installing the development packages (once) ..."
	@$(PIP) -r requirements-dev.txt
	@touch $@

$(PACKAGES): frontend/package-lock.json | $(PRODUCT)
	@echo "Installing the front-end packages (once) ..."
	@scripts/with_node.sh npm ci --prefix frontend --no-audit --no-fund --loglevel=error
	@touch $@

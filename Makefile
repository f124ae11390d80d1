# Shudong: `make run` starts it, `make test` proves it. Both work on a machine that has Python 3.11+, Node 20+, git and make.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

VENV := .venv
BIN := $(VENV)/bin
LISTEN ?= 127.0.0.1:8080
RASA_PYTHON ?=
RASA_LISTEN ?= 127.0.0.1:5005
# How many test processes; the tests marked `exclusive` run alone afterwards.
WORKERS ?= 2

# The pages are built again when one of their sources is newer than the last build.
sources_of = $(shell [ -d $(1) ] && find $(1) -type d \( -name node_modules -o -name dist \) -prune -o -type f -print)
WIDGET := bot/widget
CONSOLE := escalation/console

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: .stamps/python build ## install, build and start with demo data on http://127.0.0.1:8080
	SHUDONG_LISTEN=$(LISTEN) exec $(BIN)/shudong serve --demo

.PHONY: test
test: .stamps/python build ## install what the tests need and run all of them
	scripts/test_needs.sh
	scripts/test_front_ends.sh $(WIDGET) $(CONSOLE)
	WORKERS=$(WORKERS) scripts/test_python.sh

.PHONY: check
check: .stamps/python build ## formatting, lint and types, Python and TypeScript
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	cd $(WIDGET) && npm run --silent check
	cd $(CONSOLE) && npm run --silent check

.PHONY: build
build: .stamps/widget .stamps/console ## build the two front ends

.PHONY: fmt
fmt: .stamps/python build ## format everything
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format --quiet .
	cd $(WIDGET) && npm run --silent format
	cd $(CONSOLE) && npm run --silent format

.PHONY: lock
lock: .stamps/python ## resolve the newest allowed versions into requirements.lock
	$(BIN)/python scripts/lock.py

.PHONY: docs
docs: .stamps/python ## write what documents take from the code
	$(BIN)/python scripts/docs.py

.PHONY: rasa
rasa: ## Rasa for intents (needs Python 3.10): install, train, start on http://127.0.0.1:5005
	RASA_PYTHON="$(RASA_PYTHON)" RASA_LISTEN="$(RASA_LISTEN)" scripts/rasa.sh

.PHONY: bench
bench: .stamps/python build ## measure the gateway and write bench/results/
	$(BIN)/python -m bench.gateway

.PHONY: encoder
encoder: .stamps/train ## make the sentence encoder from open weights (about an hour; nlu/models is committed)
	$(BIN)/python -m nlu.training.encoder

.PHONY: train
train: .stamps/train ## train the heads on the corpus (minutes; nlu/models is committed)
	$(BIN)/python -m nlu.training.heads

.PHONY: search
search: .stamps/train ## learn how search weighs what it sees (a minute or two; knowledge_base/models is committed)
	$(BIN)/python -m knowledge_base.training

.PHONY: clean
clean: ## remove what was built and installed, never data
	rm -rf $(VENV) .rasa-venv .stamps build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage* htmlcov
	rm -rf $(WIDGET)/node_modules $(WIDGET)/dist $(CONSOLE)/node_modules $(CONSOLE)/dist

.stamps/python: requirements.lock pyproject.toml scripts/find_python.sh
	@mkdir -p .stamps
	@if ! [ -x $(BIN)/python ]; then python=$$(PYTHON="$(PYTHON)" scripts/find_python.sh); "$$python" -m venv $(VENV); fi
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.stamps/train: .stamps/python
	@mkdir -p .stamps
	$(BIN)/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --editable '.[train]'
	@touch $@

.stamps/widget: $(call sources_of,$(WIDGET))
	@mkdir -p .stamps
	@scripts/check_node.sh
	scripts/build_front_end.sh $(WIDGET)
	@touch $@

.stamps/console: $(call sources_of,$(CONSOLE))
	@mkdir -p .stamps
	@scripts/check_node.sh
	scripts/build_front_end.sh $(CONSOLE)
	@touch $@

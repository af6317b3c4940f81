# `make demo` shows it, `make test` proves it. Both set up everything that they need in .venv.
# Only Python 3.11 or newer, git and make are expected; `make PYTHON=/path/to/python3.12 …` chooses one.

SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
EXAMPLE := fastapi_registry/example_project

.PHONY: check format

check:  ## style and types: ruff, mypy --strict, the import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	cd $(EXAMPLE) && $(abspath $(BIN))/mypy .

format:  ## mend what can be mended by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

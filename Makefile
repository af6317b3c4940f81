# `make demo` shows it, `make test` proves it. Both first set up everything that they need, in .venv.
# They expect Python 3.11 or newer, git and make; `make PYTHON=/path/to/python3.12 …` chooses a Python.

SHELL := /bin/bash
BIN := $(abspath .venv/bin)
EXAMPLE := fastapi_registry/example_project

# A `python3` that is too old or a shim of a version manager without a version behind it does not run this.
SUITABLE := import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))
CANDIDATES := python3 python3.14 python3.13 python3.12 python3.11
PYTHON ?= $(shell for it in $(CANDIDATES); do $$it -c '$(SUITABLE)' 2>/dev/null && echo $$it && break; done)

export UV_PYTHON_DOWNLOADS := never
export UV_SYSTEM_CERTS := 1

.DEFAULT_GOAL := help
.PHONY: help demo test check tests example browser quick format setup requirements registry reference picture docs wheel benchmarks clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- the two commands

demo: setup  ## a new project with blocks: created, migrated, served on SQLite
	@PATH="$(BIN):$$PATH" $(BIN)/python demo.py

test: setup check  ## everything that must hold, with a real PostgreSQL and Redis
	$(BIN)/python tests/services.py -- $(MAKE) --no-print-directory tests

# --- their parts

check: setup  ## style and types: ruff, mypy --strict, the import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	cd $(EXAMPLE) && $(BIN)/mypy .

tests: setup  ## the tests of the tool, and of the blocks in generated projects
	$(BIN)/pytest -n 3 --dist load --maxschedchunk 1

example: setup  ## the blocks' own tests, in place in the example project
	cd $(EXAMPLE) && $(BIN)/pytest -n 2

browser: setup  ## a Chromium for the tests that need a page: installed where there is none and we are root
	$(BIN)/python tests/browser.py

quick: setup  ## the tests that take milliseconds
	$(BIN)/pytest -m "not slow"

format: setup  ## mend what can be mended by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

registry: setup  ## write registry.json and .env.example anew from the manifests
	$(BIN)/fastapi-blocks build
	$(BIN)/python -m tests.blocks.write_env_example

reference: setup  ## write docs/reference anew from the code
	$(BIN)/python -m reference

picture: setup  ## draw docs/pictures/run.svg anew from what the commands say now; fetches packages
	$(BIN)/python -m reference.picture

docs: setup  ## the documentation as a site, in build/site/
	$(BIN)/python -m reference.site
	$(BIN)/zensical build --strict -f mkdocs.yml

wheel: setup  ## the wheel, in dist/
	$(BIN)/uv build --wheel --no-build-isolation

benchmarks: setup  ## the figures of benchmarks/README.md, on this machine
	$(BIN)/python -m benchmarks.cli
	$(BIN)/python -m benchmarks.auth
	$(BIN)/python -m benchmarks.logs

# --- the environment

setup: .venv/ready

.venv/ready: .venv/bin/python requirements/bootstrap.txt requirements/dev.txt pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

.venv/bin/python:
	@test -n "$(PYTHON)" || { \
		echo "error: no Python 3.11 or newer with the modules venv and ensurepip among: $(CANDIDATES)" >&2; \
		echo "hint: install one (Debian, Ubuntu: apt-get install python3-venv) or run make PYTHON=/path/to/python3" >&2; \
		exit 1; }
	$(PYTHON) -m venv .venv

COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

requirements: setup  ## newest versions into requirements/*.txt
	$(COMPILE) --upgrade requirements/bootstrap.in -o requirements/bootstrap.txt
	$(COMPILE) --upgrade pyproject.toml $(EXAMPLE)/pyproject.toml --group $(EXAMPLE)/pyproject.toml:dev \
		requirements/dev.in -o requirements/dev.txt

clean:  ## take away what make has made
	rm -rf .venv demo dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

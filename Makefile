# Everything a newcomer needs: `make demo`, `make test`. Each target sets up what it needs and can be run again.
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
# The first Python that is 3.11 or 3.12 and really starts (a version manager's shim may not).
PYTHON ?= $(shell for p in python3 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' 2>/dev/null && { command -v $$p; break; }; done)
PACKAGES := cypher graph ingest gnn recommend api
PORT ?= 8000
# Where it is set, every start compiles some two thousand modules anew: a command takes 3.0 s instead of 1.1 s.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: install demo test check format bench serve evidence clean
.DEFAULT_GOAL := help

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: $(VENV)/installed  ## make .venv with everything in it

$(VENV)/installed: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "phonograph needs Python 3.11 or 3.12: install one, or name it with make PYTHON=/path/to/python"; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { echo "python's venv module is missing: install the package python3-venv"; exit 2; }
	@echo "installing packages into $(VENV) (about 3 GB with torch, once)"
	@$(BIN)/python -m pip install -q -c constraints.txt uv
	@$(BIN)/uv pip install -q --python $(BIN)/python -c constraints.txt -e '.[embedded,train,audio,dev]' || \
		{ echo "installation failed: Annoy is compiled, which needs a C++ compiler, make and Python's headers"; exit 2; }
	@touch $@

demo: install  ## build the demo world and print recommendations with reasons
	@$(BIN)/phonograph demo

test: install  ## run the whole test suite, on a real Neo4j, in two processes
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 # more threads wait for each other's core

check: install  ## formatting, lint, types, dependency direction, the committed GraphQL schema
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m api.graphql.sdl --check

format: install  ## format the code and write the GraphQL schema anew
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/python -m api.graphql.sdl --write

bench: install  ## measure speed on this machine
	@$(BIN)/phonograph bench

evidence: install  ## repeat what is slow: kills, damages, figures; docs/evidence.md holds the last results
	@$(BIN)/python -m pytest -m evidence -s tests/evidence tests/api/test_hot_swap.py
	@$(BIN)/phonograph bench

serve: install  ## serve GraphQL on 127.0.0.1:$(PORT)
	@$(BIN)/phonograph serve --port $(PORT)

clean:  ## remove .venv and what tools left; the home folder stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build

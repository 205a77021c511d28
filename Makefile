# Everything a fresh machine needs is python3 >= 3.11 and make. Set-up speaks on stderr: stdout belongs to the command.
PYTHON ?= python3
ARGS ?=
PYTEST_ARGS ?= -n auto --dist loadgroup

VENV := .venv
BIN := $(VENV)/bin
CREATED := $(VENV)/.created
RUN := $(VENV)/.run
DEV := $(VENV)/.dev
PINS := pyproject.toml constraints.txt
COQ_PACKAGES := coq libcoq-mathcomp-algebra libcoq-mathcomp-algebra-tactics

MAKEFLAGS += --no-print-directory
# Old pip reads the first, pip >= 25.3 the second, when it builds in isolation. Relative, because pip splits them at blanks.
export PIP_CONSTRAINT := constraints.txt
export PIP_BUILD_CONSTRAINT := constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1

INSTALL := $(BIN)/python -m pip install --quiet --no-input

.PHONY: help audit proofs test test-long lint types bench check clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 12

audit: $(RUN) ## decide every claim of the paper; ARGS goes to `polybn audit`
	@$(BIN)/polybn audit $(ARGS)

proofs: $(RUN) ## compile the formal proofs with Coq, installed first if need be; ARGS goes to proofs/rocq/compile.py
	@command -v coqc >/dev/null || if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "polybn: installing $(COQ_PACKAGES)" >&2; \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $(COQ_PACKAGES); } >&2; \
	else \
		echo "polybn: coqc was not found. On Debian or Ubuntu: sudo apt-get install $(COQ_PACKAGES)" >&2; exit 2; \
	fi
	@$(BIN)/python proofs/rocq/compile.py $(ARGS)

test: $(DEV) ## the test suite; ARGS goes to pytest
	@$(BIN)/python -m pytest $(PYTEST_ARGS) $(ARGS)

test-long: $(DEV) ## every test, many more examples; up to an hour
	@POLYBN_PROFILE=long $(BIN)/python -m pytest -m "slow or not slow" $(PYTEST_ARGS) $(ARGS)

lint: $(DEV) ## ruff
	@$(BIN)/ruff check .

types: $(DEV) ## pyright, strict on polybn/
	@$(BIN)/pyright --pythonpath $(BIN)/python

bench: $(RUN) ## time the enumeration; ARGS goes to benchmarks/
	@$(BIN)/python benchmarks $(ARGS)

check: lint types test ## lint, types and test

clean: ## remove the environment and what the tools left
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(CREATED):
	@command -v $(PYTHON) >/dev/null || { echo "polybn needs Python 3.11 or newer, and '$(PYTHON)' was not found. Install it, or say: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "polybn needs Python 3.11 or newer, and '$(PYTHON)' is $$($(PYTHON) --version 2>&1). Say: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "'$(PYTHON)' has no venv module. On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "polybn: creating $(VENV)" >&2
	@$(PYTHON) -m venv $(VENV) >&2
	@touch $@

$(RUN): $(CREATED) $(PINS)
	@echo "polybn: installing the package and its pinned dependencies" >&2
	@$(INSTALL) --editable . >&2
	@touch $@

$(DEV): $(RUN)
	@echo "polybn: installing the pinned development tools" >&2
	@$(INSTALL) --editable '.[dev]' >&2
	@touch $@

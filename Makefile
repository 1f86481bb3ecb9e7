# Two commands do everything: `make demo` and `make test`. Both set up .venv first.
#
#   PYTHON    interpreter that makes the environment (3.10 or newer)
#   TORCH     what pip installs for torch; another build goes in with PIP_ARGS (README, "Another torch")
#   PIP_ARGS  passed to every pip install

PYTHON ?= python3
TORCH ?= torch==2.13.0
PIP_ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PACKAGES := toolchain models firmware_bridge hil persona
C_FILES := $(shell find toolchain firmware_bridge -name '*.[ch]')

.PHONY: help setup demo system-packages test check format clean

help: ## List the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

setup: $(STAMP) ## Make .venv with everything in it

$(STAMP): pyproject.toml Makefile
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
		{ echo "Python 3.10 or newer is needed; $(PYTHON) is older. Set PYTHON=/path/to/python3." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || \
		{ echo "$(PYTHON) lacks venv; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_ARGS) '$(TORCH)'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_ARGS) -e '.[compile,train,dev]'
	@touch $@

demo: setup ## Personalise a running device and prove it; no board, no system package
	$(BIN)/persona demo --board posix

system-packages:
	@sh .ci/system-packages

test: setup system-packages ## Run all tests, emulators included
	PERSONA_REQUIRE_EMULATORS=1 $(BIN)/python -m pytest $(TESTS)

check: setup ## Lint, types and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@if command -v clang-format >/dev/null; then clang-format --dry-run --Werror $(C_FILES); \
		else echo "clang-format is missing: C formatting was not checked (apt-get install clang-format)"; fi

format: setup ## Bring Python and C into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	clang-format -i $(C_FILES)

clean: ## Remove the environment and all build products
	rm -rf $(VENV) build out *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

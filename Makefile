# Two commands do everything: `make demo` and `make test`. Both set up .venv first.
#
#   PYTHON    interpreter that makes the environment (3.10 or newer)
#   TORCH     what pip installs for torch; another build goes in with PIP_ARGS (README, "Another torch")
#   PIP_ARGS  passed to every pip install
#   FUZZ_RUNS, FUZZ_SECONDS  how long `make fuzz` runs: executions of each target, or seconds of each
#   BENCH     options of `make bench`: --models kws --boards mps2-an386 --optimise speed measures only that
#   HIL       more for `make hil`: scenarios, --jobs 4, --bundle my.bundle, --repeat 100
#   FLEET     options of the benchmark that ends `make fleet-test`: --users 1000 --engine ray --json
#   TEST_JOBS processes that `make test` runs the tests in, a file of tests in one
#   EXAMPLES  what Hypothesis draws in `make test`: `fixed`, the same examples each time, or `random`, new ones
#   PYTHON311 CPython 3.10 or 3.11 for the gateway's environment, whose tflite_runtime knows no newer one

PYTHON ?= python3
TEST_JOBS ?= 2
EXAMPLES ?= fixed
TORCH ?= torch==2.13.0
PIP_ARGS ?=
FUZZ_RUNS ?= 0
FLEET ?=
FUZZ_SECONDS ?= 60
VENV := .venv
GATEWAY := .venv-gateway
GATEWAY_STAMP := $(GATEWAY)/.installed
GATEWAY_BUNDLE := out/gateway-bundle
GATEWAY_TESTS := tests/gateway tests/firmware_bridge
# Evaluated only where the gateway is built.
PYTHON311 ?= $(shell for python in python3.11 python3.10 $(PYTHON); do \
	$$python -c 'import ensurepip, sys, venv; sys.exit(not (3, 10) <= sys.version_info < (3, 12))' 2>/dev/null \
	&& { echo $$python; break; }; done)
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PACKAGES := toolchain models firmware_bridge hil persona
C_FILES := $(shell find toolchain firmware_bridge hil -name '*.[ch]')

.PHONY: help setup demo system-packages gateway gateway-test test properties powercut reproduce recompile fleet-test bench hil fuzz check format clean

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
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_ARGS) -e '.[compile,train,study,hil,store,postgres,fleet,dev]'
	@touch $@

demo: setup ## Personalise a running device and prove it; no board, no system package
	$(BIN)/persona demo --board posix

system-packages:
	@sh .ci/system-packages

gateway: ## Make .venv-gateway: the base install beside tflite_runtime, as on a small gateway
	@if [ -z "$(PYTHON311)" ]; then \
		echo "The gateway's tests are skipped: tflite_runtime needs CPython 3.10 or 3.11; set PYTHON311=/path/to/it."; \
	else $(MAKE) --no-print-directory $(GATEWAY_STAMP); fi

$(GATEWAY_STAMP): pyproject.toml
	$(PYTHON311) -m venv $(GATEWAY)
	$(GATEWAY)/bin/python -m pip install --quiet --disable-pip-version-check $(PIP_ARGS) -e . \
		'tflite-runtime==2.14.0' 'numpy<2' 'pytest>=8' 'hypothesis>=6.100'
	@touch $@

gateway-test: setup gateway ## Run the bridge's tests and a bundle's golden vectors on the light install
	@if [ -f $(GATEWAY_STAMP) ]; then \
		$(BIN)/python -m tests.gateway.make_bundle $(GATEWAY_BUNDLE) && \
		PERSONA_GATEWAY_BUNDLE=$(GATEWAY_BUNDLE) $(GATEWAY)/bin/python -m pytest --hypothesis-profile=$(EXAMPLES) $(GATEWAY_TESTS); fi

test: setup system-packages gateway-test ## Run all tests, emulators included
	PERSONA_REQUIRE_EMULATORS=1 $(BIN)/python -m pytest -n $(TEST_JOBS) --dist loadfile --hypothesis-profile=$(EXAMPLES) $(TESTS)

fleet-test: setup system-packages ## Recompile fleets: killed workers and processes, Ray, PostgreSQL, 10,000 synthetic users (docs/fleet.md)
	$(BIN)/python -m pytest -n $(TEST_JOBS) --dist loadfile tests/models/recompile tests/models/store/test_both_engines.py \
		tests/benchmarks/test_fleet.py
	$(BIN)/python -m tests.models.recompile.killing --times 200
	$(BIN)/python -m benchmarks.fleet --users 10000 --jobs 2 $(FLEET)

properties: setup system-packages ## List the link's properties P1 to P26, the tests that cite them and their results
	PERSONA_REQUIRE_EMULATORS=1 $(BIN)/python -m pytest --properties -q

powercut: setup system-packages ## Cut the power at every store of an update, on this machine and on the emulated M4
	$(BIN)/python -m hil.powercut

reproduce: setup ## Run the whole study and write docs/results.md (PERSONA_DATA names the data); goes on where it was
	$(BIN)/python -m models.reproduce --cache out/reproduce --docs docs

recompile: setup ## Run the experiment on recompiling and write docs/recompile.md (PERSONA_DATA); goes on where it was
	$(BIN)/python -m models.recompile.study --cache out/recompile --docs docs

bench: setup system-packages ## Count instructions, flash and RAM of the MLPerf Tiny models; write docs/benchmarks.md
	$(BIN)/python -m benchmarks.kernels $(BENCH)

hil: setup system-packages ## Play the scenarios on every emulated board; results, evidence and report in out/hil
	$(BIN)/persona hil run --board all -o out/hil $(HIL)
	@if $(BIN)/persona report --help >/dev/null 2>&1; then $(BIN)/persona report out/hil -o out/hil/report.html; fi

fuzz: setup system-packages ## Fuzz receiver, edit decoder and journal reader (FUZZ_SECONDS, FUZZ_RUNS)
	$(BIN)/python -m tests.firmware.fuzzing --seconds $(FUZZ_SECONDS) --runs $(FUZZ_RUNS)

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
	rm -rf $(VENV) $(GATEWAY) build out *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

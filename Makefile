# Headwater's commands for people and CI. `make help` lists them.
#
# One virtual environment, .venv, from pinned and hashed requirements: the service's own for `make demo`, the tests' on top
# of it for the rest. Stamp files make each a matter of seconds when nothing changed.

VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
# MLflow, Feast and dbt need hundreds of megabytes and other versions of what the service has: an environment of their own.
ML_VENV := .venv-ml
ML := $(ML_VENV)/.made
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
ACCEPTANCE := ../shared/acceptance
# Resolved for every supported Python at once; --no-header and the rest keep paths and hosts out of the files.
COMPILE := $(BIN)/uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url

.DEFAULT_GOAL := help
.PHONY: help demo test test-fast lint acceptance bench schema venv venv-ml requirements clean

help: ## list these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|' 2>/dev/null \
	  || grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST)

demo: $(RUNTIME) ## a service with real events in it, three answers, and the address to go on (needs Python 3.11+ only)
	@$(BIN)/headwater demo $(DEMO_FLAGS)

test: lint $(ML) ## lint, types and every test, on a real Neo4j (NEO4J_URI, a container engine, or Java 17+ and Maven), PostgreSQL and foreign verifiers (apt-get install postgresql golang-go openssl)
	HEADWATER_TEST_NEO4J=required HEADWATER_TEST_POSTGRES=required HEADWATER_TEST_ML=required \
	  HEADWATER_TEST_GO=required HEADWATER_TEST_OPENSSL=required $(BIN)/python -m pytest -n auto

test-fast: $(DEV) ## the tests that take no server and no minute; says what it leaves out
	@echo "test-fast leaves out tests marked slow: the graph on Neo4j, a real PostgreSQL, real MLflow, Feast and dbt, the wheel's build, long histories. 'make test' runs them."
	$(BIN)/python -m pytest -n auto -m "not slow"

lint: $(DEV) ## ruff and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/mypy

acceptance: $(DEV) ## the project's acceptance checks against a real service (needs ../shared)
	@if [ -d $(ACCEPTANCE) ]; then $(BIN)/python -m tests.acceptance.run --checks $(ACCEPTANCE); \
	else echo "make acceptance: $(ACCEPTANCE) is not here, so nothing was checked. Its checks live beside this repository."; fi

bench: $(DEV) ## every figure that the README claims, each beside its baseline
	$(BIN)/python -m benchmarks $(BENCH_FLAGS)

schema: $(DEV) ## write docs/schema.graphql from the code, and the clients from it
	$(BIN)/python -m api.graphql.export docs/schema.graphql
	$(BIN)/python -m api.clients

venv: $(DEV) ## the virtual environment with everything

venv-ml: $(ML) ## the other one, with real MLflow, Feast and dbt, for the tests that drive them

# The virtual environment: the first Python found that is new enough and can make one. `make PYTHON=/path/to/python` chooses.
$(BIN)/python:
	@for candidate in $(PYTHON) python3.13 python3.12 python3.11 python3.14 python3 python; do \
	  if "$$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "Making $(VENV) with $$("$$candidate" --version)"; exec "$$candidate" -m venv $(VENV); \
	  fi; \
	done; \
	echo "Headwater needs Python 3.11 or newer with its venv module, and found none on PATH." >&2; \
	echo "Install one (Debian, Ubuntu: apt-get install python3 python3-venv), or say: make PYTHON=/path/to/python3.11" >&2; \
	exit 1

$(RUNTIME): pyproject.toml requirements.txt requirements-build.txt | $(BIN)/python
	@echo "Installing the pinned requirements"
	@$(PIP_INSTALL) --require-hashes -r requirements.txt -r requirements-build.txt
	@$(PIP_INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(DEV): $(RUNTIME) requirements-dev.txt
	@echo "Installing what the tests need"
	@$(PIP_INSTALL) --require-hashes -r requirements-dev.txt
	@touch $@

$(ML): requirements-ml.txt | $(DEV)
	@echo "Installing MLflow, Feast and dbt into $(ML_VENV)"
	@$(BIN)/uv venv --quiet --allow-existing --python $(BIN)/python $(ML_VENV)
	@$(BIN)/uv pip install --quiet --require-hashes --python $(ML_VENV)/bin/python -r requirements-ml.txt
	@touch $@

requirements: $(DEV) ## pin the newest requirements that pyproject.toml allows (needs the network)
	$(COMPILE) --upgrade pyproject.toml -o requirements.txt
	$(COMPILE) --upgrade pyproject.toml --extra dev --extra database --extra tracing -c requirements.txt -o requirements-dev.txt
	echo 'hatchling' | $(COMPILE) -c requirements-dev.txt - -o requirements-build.txt
	printf '%s\n' mlflow scikit-learn 'feast[grpcio,postgres]' 'dbt-core<1.12' dbt-postgres openlineage-dbt | $(COMPILE) --upgrade - -o requirements-ml.txt

clean: ## remove the environment, caches and built files; never your data
	rm -rf $(VENV) $(ML_VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find lineage collectors api tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

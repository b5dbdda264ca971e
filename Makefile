# Tieout. `make help` lists the targets. Everything is installed below .venv/ and dbt_packages/; data goes to data/.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
# The settings of a user's shell must not lead a build astray: the project stands where this Makefile stands.
export TIEOUT_PROJECT := $(CURDIR)
export DBT_PROJECT_DIR := $(CURDIR)
export DBT_PROFILES_DIR := $(CURDIR)/profiles

# The sample that `make build` generates: the preset, with faults and fraud; any option can be given on the command line
# over it: make build DAYS=90 FAULTS=0
PRESET ?= demo
FAULTS ?= 0.01
FRAUD ?= 0.002
SEED ?= 42
SAMPLE = --preset $(PRESET) --faults $(FAULTS) --fraud $(FRAUD) --seed $(SEED) $(if $(DAYS),--days $(DAYS)) \
	$(if $(START),--start $(START)) $(if $(CUSTOMERS),--customers $(CUSTOMERS)) \
	$(if $(TRANSACTIONS_PER_DAY),--transactions-per-day $(TRANSACTIONS_PER_DAY)) \
	$(if $(ORDERS_PER_DAY),--orders-per-day $(ORDERS_PER_DAY))

# Two processes, each with a file of tests at a time, in the order of tests/conftest.py.
PYTEST := -n 2 --dist loadfile --no-loadscope-reorder --durations 10

say = @printf '\n\033[1m==> %s\033[0m\n' "$(1)"

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*?## ' $(MAKEFILE_LIST) | awk 'BEGIN {FS = ":.*?## "} {printf "  make %-14s %s\n", $$1, $$2}'

.PHONY: setup
setup: $(VENV)/.installed dbt_packages/.installed ## Install the environment and the dbt packages (once)

$(VENV)/.installed: requirements.txt pyproject.toml scripts/install_environment.sh
	$(call say,Installing the Python environment into $(VENV)/)
	@PYTHON="$(PYTHON)" scripts/install_environment.sh "$(VENV)"
	@touch $@

dbt_packages/.installed: packages.yml $(shell find offline_packages -type f) scripts/install_dbt_packages.sh | $(VENV)/.installed
	$(call say,Installing the dbt packages into dbt_packages/)
	@scripts/install_dbt_packages.sh
	@touch $@

.PHONY: sample
sample: setup ## Generate the sample deliveries and land them in data/bronze
	$(call say,Generating the deliveries of a bank with faults and fraud in data/inbox)
	@tieout generate $(SAMPLE)
	$(call say,Landing them in data/bronze; files that are refused belong to the faults)
	@tieout land --allow-refused data/inbox

.PHONY: build
build: sample ## Do everything: environment, packages, sample data, dbt build, docs
	$(call say,Building the warehouse data/tieout.duckdb)
	@dbt build
	$(MAKE) --no-print-directory docs
	@printf '\nThe warehouse is data/tieout.duckdb, the docs site is target/static_index.html.\n'
	@printf 'Next: source %s/bin/activate, then dbt, tieout or: python -c "import duckdb; ..."\n' "$(VENV)"

.PHONY: docs
docs: setup ## Write the docs site to target/static_index.html
	$(call say,Writing the docs site)
	@dbt docs generate --static

.PHONY: test
test: setup ## Check everything: lint, pytest, dbt build with all its tests on DuckDB and on the Redshift stand-in
	$(MAKE) --no-print-directory lint
	$(call say,Testing loaders and scenarios; and the target prod on a stand-in for Redshift)
	@pytest $(PYTEST) -m "not long" tests/python tests/redshift tests/standin
	$(MAKE) --no-print-directory test-dbt

# A warehouse of its own, always new: what stands in data/ neither helps nor hurts.
.PHONY: test-dbt
test-dbt: export TIEOUT_TARGET := ci
test-dbt: export TIEOUT_BRONZE_ROOT := data/ci/bronze
test-dbt: export TIEOUT_DUCKDB_PATH := data/ci/tieout.duckdb
test-dbt: setup ## Build a new warehouse from new sample data, with all dbt tests
	$(call say,Building a new warehouse in data/ci with all dbt tests)
	@rm -rf data/ci && mkdir -p data/ci
	@tieout generate --inbox data/ci/inbox --days 3 --customers 500 --transactions-per-day 500 --faults 0.02 --fraud 0.005
	@tieout land --allow-refused data/ci/inbox
	@dbt build --target-path data/ci/target

.PHONY: test-redshift
test-redshift: setup ## The part of it that runs on a stand-in for Redshift: three days, compared with DuckDB table by table
	$(call say,Testing the target prod on a stand-in for Redshift)
	@pytest $(PYTEST) -m "not long" tests/redshift tests/standin

.PHONY: prod-rehearsal
prod-rehearsal: setup ## Three days of production on doubles of S3, Glue and Redshift: land, push, catalog, build, check
	$(call say,Rehearsing three days of production)
	@python -m tests.aws.rehearsal

.PHONY: test-long
test-long: setup ## The tests that take long: 90 days one by one and at once, the balances of a year
	@pytest $(PYTEST) -m long tests/python tests/redshift

# ROUNDS: the length. ATTACK_SEED: an earlier torture again, whose seed stands with its figures.
ROUNDS ?= 1
THIS_SEED := $(or $(ATTACK_SEED),$(shell date +%s))
.PHONY: torture
torture: export TIEOUT_TORTURE_ROUNDS = $(ROUNDS)
torture: export TIEOUT_TORTURE_SEED = $(THIS_SEED)
torture: setup ## Any order, kills, full disks and hostile files, ROUNDS times over; prints what was tried
	$(call say,Attacking: $(ROUNDS) rounds with ATTACK_SEED=$(THIS_SEED))
	@pytest $(PYTEST) tests/python/reliability tests/python/loaders/test_{land,push}_killed.py

# Two at a time, what takes longest first. Each engine's variant of the macros, and of models both branches of
# is_incremental().
LINTS := lint-sql-duckdb lint-sql-redshift lint-sql-duckdb-again lint-sql-redshift-again \
	lint-types lint-dictionary lint-infra lint-yaml lint-python
.PHONY: lint $(LINTS)
lint: setup ## Check the style of Python, SQL (both dialects) and YAML
	$(call say,Checking the style of Python and SQL and YAML)
	@$(MAKE) --no-print-directory --jobs 2 --keep-going --output-sync=target $(LINTS)

lint-sql-duckdb lint-sql-redshift: lint-sql-%: setup
	@sqlfluff lint -q --dialect $* models analyses tests/generic tests/singular tests/lint

lint-sql-duckdb-again lint-sql-redshift-again: lint-sql-%-again: setup
	@sqlfluff lint -q --dialect $* --config tests/lint/incremental.cfg models tests/lint

lint-types: setup
	@mypy

lint-dictionary: setup
	@dbt --quiet parse
	@python scripts/data_dictionary.py target/manifest.json --check

lint-yaml: setup
	@yamllint --strict .

lint-python: setup
	@ruff check . && ruff format --check .

# INFRA: the folder of the templates; the tests plant mistakes into another one.
INFRA ?= infra
lint-infra: setup ## Check the CloudFormation templates: our own assertions on what cfn-lint cannot know, and cfn-lint
	@failed=0; python -m infra.checks '$(INFRA)' || failed=1; \
		cfn-lint '$(INFRA)/*.yml' '$(INFRA)/stacks/*.yml' || failed=1; exit $$failed

.PHONY: dictionary
dictionary: setup ## Write docs/data_dictionary.md from the models' YAML
	@dbt --quiet parse
	@python scripts/data_dictionary.py target/manifest.json

.PHONY: lock
lock: $(VENV)/.installed ## Pin requirements.txt anew after a change of pyproject.toml
	@uv pip compile --quiet --generate-hashes --no-header --no-emit-index-url --group dev pyproject.toml -o requirements.txt

.PHONY: clean
clean: ## Remove data/, target/, logs/ and caches; the environment stays
	@mkdir -p data && find data -mindepth 1 ! -name .gitkeep -delete
	rm -rf target logs .hypothesis .mypy_cache .pytest_cache .ruff_cache

.PHONY: clean-all
clean-all: clean ## Remove the environment and the dbt packages too
	rm -rf $(VENV) dbt_packages *.egg-info

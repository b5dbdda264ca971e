# Tieout. `make help` lists the targets. Software goes to .venv/ and dbt_packages/, data to data/.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

# Processes for tests and lints.
JOBS ?= 2

PYTHON ?= python3
VENV := .venv
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
# Override the user's settings: the project is the folder of this Makefile.
export TIEOUT_PROJECT := $(CURDIR)
export DBT_PROJECT_DIR := $(CURDIR)
export DBT_PROFILES_DIR := $(CURDIR)/profiles

# The sample of `make build`. Options on the command line override the preset: make build DAYS=90 FAULTS=0
PRESET ?= demo
FAULTS ?= 0.01
FRAUD ?= 0.002
SEED ?= 42
SAMPLE = --preset $(PRESET) --faults $(FAULTS) --fraud $(FRAUD) --seed $(SEED) $(if $(DAYS),--days $(DAYS)) \
	$(if $(START),--start $(START)) $(if $(CUSTOMERS),--customers $(CUSTOMERS)) \
	$(if $(TRANSACTIONS_PER_DAY),--transactions-per-day $(TRANSACTIONS_PER_DAY)) \
	$(if $(ORDERS_PER_DAY),--orders-per-day $(ORDERS_PER_DAY))

# Each process runs one file of tests at a time, in the order of tests/conftest.py. The markers are in pyproject.toml.
PYTEST := -n $(JOBS) --dist loadfile --no-loadscope-reorder --durations 10
CORE := -m "not extended and not long"

say = @printf '\n\033[1m==> %s\033[0m\n' "$(1)"

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*?## ' $(MAKEFILE_LIST) | awk 'BEGIN {FS = ":.*?## "} {printf "  make %-15s %s\n", $$1, $$2}'

.PHONY: setup
setup: $(VENV)/.installed dbt_packages/.installed ## Install the Python environment and the dbt packages

$(VENV)/.installed: requirements.txt pyproject.toml scripts/install_environment.sh
	$(call say,Installing the Python environment into $(VENV)/)
	@PYTHON="$(PYTHON)" scripts/install_environment.sh "$(VENV)"
	@touch $@

dbt_packages/.installed: packages.yml $(shell find offline_packages -type f) scripts/install_dbt_packages.sh | $(VENV)/.installed
	$(call say,Installing the dbt packages into dbt_packages/)
	@scripts/install_dbt_packages.sh
	@touch $@

.PHONY: sample
sample: setup ## Generate sample deliveries with faults and fraud, and land them in data/bronze
	$(call say,Generating sample deliveries in data/inbox)
	@tieout generate $(SAMPLE)
	$(call say,Landing them in data/bronze; refused files are among the generated faults)
	@tieout land --allow-refused data/inbox

.PHONY: build
build: sample ## Install, generate and land the sample, build the warehouse, write the site
	$(call say,Building the warehouse data/tieout.duckdb)
	@dbt build
	@$(MAKE) --no-print-directory site
	@printf '\nThe warehouse is data/tieout.duckdb. The site is target/site/index.html.\n'
	@printf 'Next: source %s/bin/activate && tieout check\n' "$(VENV)"

# dbt-colibri has an environment of its own, because it needs an older sqlglot. The SQL of the tests is not compiled for
# the docs: that takes as long as the SQL of all models, and a build has left it in target/compiled.
LINEAGE := .venv-lineage
SITE := target/site
.PHONY: site
site: setup $(LINEAGE)/.installed ## Write the site of a built warehouse to target/site/: report, docs, lineage, documents
	$(call say,Writing the site)
	@dbt docs generate --exclude resource_type:test resource_type:unit_test
	@python -m scripts.website target $(SITE)
	@tieout report

$(LINEAGE)/.installed: requirements-lineage.txt | setup
	$(call say,Installing dbt-colibri into $(LINEAGE)/)
	@uv venv --quiet --clear --python "$(VENV)/bin/python" $(LINEAGE)
	@uv pip install --quiet --require-hashes --python $(LINEAGE)/bin/python --requirement requirements-lineage.txt
	@touch $@

# BASE: a branch, tag or commit. The sample is that of make build; make diff BASE=main DAYS=5 is quicker.
BASE ?= main
.PHONY: diff
diff: setup ## Build BASE and the working tree from the same deliveries, and report which figures a change moves
	$(call say,Comparing the figures of the working tree with those of $(BASE))
	@python -m scripts.diff '$(BASE)' $(SAMPLE)

# PORT: where the site is served, on this machine only.
PORT ?= 8000
.PHONY: serve
serve: setup ## Serve the site at http://127.0.0.1:8000; PORT=8001 is another port
	@test -f $(SITE)/index.html || { echo "There is no site yet. Run make build, or make site." >&2; exit 1; }
	@python -m http.server --bind 127.0.0.1 --directory $(SITE) $(PORT)

# MetricFlow has an environment of its own, because only `mf` needs it.
METRICS := .venv-metrics
.PHONY: metrics
metrics: $(METRICS)/.installed ## Install mf into .venv-metrics/, and compare its answers with the report's
	$(call say,Asking MetricFlow for every metric)
	@dbt --quiet parse
	@python -m scripts.metricflow_agrees

$(METRICS)/.installed: requirements-metrics.txt pyproject.toml | setup
	$(call say,Installing MetricFlow into $(METRICS)/)
	@uv venv --quiet --clear --python "$(VENV)/bin/python" $(METRICS)
	@uv pip install --quiet --require-hashes --python $(METRICS)/bin/python --requirement requirements-metrics.txt
	@uv pip install --quiet --python $(METRICS)/bin/python --no-deps --no-build-isolation --editable .
	@touch $@

# Tests that need neither a warehouse nor AWS. The others of these folders are left to `make test`.
QUICK := $(addprefix tests/python/project/test_,documents.py tooling.py pii_rules.py) \
	$(addprefix tests/python/infra/test_,templates.py scripts.py daily_run.py) \
	$(filter-out %_killed.py,$(wildcard $(addprefix tests/python/loaders/test_,land*.py cli.py contract*.py stack.py)))
.PHONY: quick
quick: setup ## Check the current work in under a minute: ruff, dbt parse, generated pages, quick tests
	@$(MAKE) --no-print-directory --jobs $(JOBS) --keep-going --output-sync=target lint-python lint-pages lint-project test-quick

.PHONY: test-quick
test-quick: setup
	@pytest -q -n $(JOBS) $(CORE) $(QUICK)

.PHONY: test
test: setup ## Lint, build with all data tests, and prove the four properties of the README on both engines
	$(call say,Linting and building a new warehouse in data/ci with all data tests)
	@$(MAKE) --no-print-directory --jobs $(JOBS) --keep-going --output-sync=target test-dbt $(filter-out lint-sql-redshift,$(LINTS))
	$(call say,Testing the four properties of the README on DuckDB and the Redshift stand-in)
	@pytest $(PYTEST) $(CORE) tests/python tests/redshift tests/standin

.PHONY: test-python
test-python: setup ## Part of make test: loaders, scenarios, unit tests of the models and the checks of the project
	$(call say,Testing loaders and scenarios)
	@pytest $(PYTEST) $(CORE) tests/python

.PHONY: test-redshift
test-redshift: setup ## Part of make test: three days on the Redshift stand-in, every table compared with DuckDB
	$(call say,Testing the Redshift targets on the stand-in)
	@pytest $(PYTEST) $(CORE) tests/redshift tests/standin

.PHONY: test-extended
test-extended: setup browser $(LINEAGE)/.installed ## Test single features, optional settings, importers, upgrades, reports and developer tools
	$(call say,Testing single features and settings and the tools for developers)
	@pytest $(PYTEST) -m "extended and not long" tests/python tests/redshift tests/standin

# As root it takes half a minute, most of which waits for the network.
.PHONY: browser
browser: ## Part of make test-extended: find a Chromium for the tests of the site, or install Debian's
	@scripts/install_chromium.sh >/dev/null

# A new warehouse in a folder of its own, independent of data/. The unit tests run with the Python tests, which make them
# four times as fast. DBT_BUILD: the command, for test-next.
DBT_BUILD ?= dbt build --exclude-resource-type unit_test
.PHONY: test-dbt
test-dbt: export TIEOUT_TARGET := ci
test-dbt: export TIEOUT_BRONZE_ROOT := data/ci/bronze
test-dbt: export TIEOUT_DUCKDB_PATH := data/ci/tieout.duckdb
test-dbt: setup ## Part of make test: dbt build with all data tests on DuckDB
	$(call say,Building a new warehouse in data/ci with all data tests)
	@rm -rf data/ci && mkdir -p data/ci
	@tieout generate --inbox data/ci/inbox --days 3 --customers 500 --transactions-per-day 500 --faults 0.02 --fraud 0.005
	@tieout land --allow-refused data/ci/inbox
	@$(DBT_BUILD) --target-path data/ci/target

.PHONY: test-benchmark
test-benchmark: setup ## Run every case of the benchmark at the smallest scale, and check the page
	@pytest tests/python/project/test_benchmark.py

.PHONY: test-long
test-long: setup ## Run the tests that take long: 90 days one by one and at once, a year of balances
	@pytest $(PYTEST) -m long tests/python tests/redshift

# The next version of dbt, in an environment of its own.
NEXT := .venv-next
.PHONY: test-next
test-next: $(NEXT)/.installed ## Install the next version of dbt into .venv-next/, and build with all dbt tests
	$(call say,Parsing and building with the next version of dbt; a warning fails)
	@$(NEXT)/bin/dbt --warn-error --no-partial-parse parse
	@$(MAKE) --no-print-directory DBT_BUILD="$(NEXT)/bin/dbt build" test-dbt

$(NEXT)/.installed: requirements-next.txt pyproject.toml | setup
	$(call say,Installing the next version of dbt into $(NEXT)/)
	@uv venv --quiet --clear --python "$(VENV)/bin/python" $(NEXT)
	@uv pip install --quiet --require-hashes --no-deps --python $(NEXT)/bin/python --requirement requirements-next.txt
	@uv pip install --quiet --python $(NEXT)/bin/python --no-deps --no-build-isolation --editable .
	@touch $@

# Airflow has an environment of its own, because only its example needs it.
AIRFLOW := .venv-airflow
.PHONY: test-airflow
test-airflow: $(AIRFLOW)/.installed ## Install Airflow into .venv-airflow/, and run the example DAG without a server
	$(call say,Running the DAG of orchestration/airflow)
	@$(AIRFLOW)/bin/python -m tests.airflow.run_dag

$(AIRFLOW)/.installed: requirements-airflow.txt | setup
	$(call say,Installing Airflow into $(AIRFLOW)/)
	@uv venv --quiet --clear --python "$(VENV)/bin/python" $(AIRFLOW)
	@uv pip install --quiet --require-hashes --python $(AIRFLOW)/bin/python --requirement requirements-airflow.txt
	@touch $@

.PHONY: prod-rehearsal
prod-rehearsal: setup ## Rehearse three days of production on doubles of S3, Glue and Redshift
	$(call say,Rehearsing three days of production)
	@python -m tests.aws.rehearsal

# SCALE: the share of the full sizes, which take hours. CASES: only these, for example CASES="million year".
SCALE ?= 1
CASES ?=
.PHONY: benchmark
benchmark: setup ## Measure builds, commands and comparisons, and write benchmarks/results.md; SCALE=0.01 is quick
	$(call say,Benchmark at scale $(SCALE))
	@uv pip install --quiet --require-hashes --requirement benchmarks/requirements.txt \
		|| echo "PySpark could not be installed, so the comparison goes without it."
	@python -m benchmarks --scale $(SCALE) $(CASES)

# ROUNDS: how many. ATTACK_SEED: repeats an earlier run, which printed its seed.
ROUNDS ?= 1
THIS_SEED := $(or $(ATTACK_SEED),$(shell date +%s))
.PHONY: torture
torture: export TIEOUT_TORTURE_ROUNDS = $(ROUNDS)
torture: export TIEOUT_TORTURE_SEED = $(THIS_SEED)
torture: setup ## Random deliveries in any order, interruptions, full disks, hostile files; ROUNDS=1 takes nine minutes
	$(call say,Attacking: $(ROUNDS) rounds with ATTACK_SEED=$(THIS_SEED))
	@pytest $(PYTEST) tests/python/reliability tests/python/loaders/test_{land,push}_killed.py

# The longest first. SQL is linted in both dialects: as a later run for DuckDB, with all rules, and as the first run for
# Redshift, without the rules of layout and writing. Tests run both runs on both engines, and parse what dbt generates for
# Redshift, so `make test` leaves out the second lint.
LINTS := lint-sql-duckdb lint-sql-redshift lint-types lint-pages lint-infra lint-project lint-yaml lint-python
.PHONY: lint $(LINTS)
lint: setup ## Check style and types of Python, SQL in both dialects, YAML, CloudFormation, generated pages
	$(call say,Checking Python and SQL and YAML and generated pages)
	@$(MAKE) --no-print-directory --jobs $(JOBS) --keep-going --output-sync=target $(LINTS)

LINTED_SQL := models/marts models/audit models/staging analyses tests/generic tests/singular tests/lint
lint-sql-duckdb: setup
	@sqlfluff lint -q --dialect duckdb --config tests/lint/later_run.cfg $(LINTED_SQL)

lint-sql-redshift: setup
	@sqlfluff lint -q --dialect redshift --config tests/lint/meaning.cfg $(LINTED_SQL)

lint-types: setup
	@mypy

# In a folder of their own, with a database of its own: the rules are printed, nothing is read. The tests begin with the
# project as it is parsed here. Only parse-pages writes the manifest, because lint-project may read it at the same time.
PAGES := target/pages
.PHONY: parse-pages
parse-pages lint-pages dictionary diagram: export TIEOUT_TARGET := dev
parse-pages lint-pages dictionary diagram: export DBT_TARGET_PATH := $(CURDIR)/$(PAGES)/target
parse-pages: setup $(PAGES)/data
	@cd $(PAGES) && dbt --quiet parse

lint-pages: parse-pages
	@cd $(PAGES) && dbt --quiet run-operation print_entity_rules --no-write-json > rules.json
	@python -m scripts.data_dictionary $(PAGES)/target/manifest.json $(PAGES)/rules.json --check
	@python -m scripts.diagram $(PAGES)/target/manifest.json --check
	@python scripts/command_reference.py --check

$(PAGES)/data:
	@mkdir -p $@

lint-project: parse-pages ## Part of make lint: the conventions of models, exposures and tests (dbt-bouncer.yml)
	@COLUMNS=160 dbt-bouncer run --show-all-failures

lint-yaml: setup
	@yamllint --strict .

lint-python: setup
	@ruff check . && ruff format --check .

# INFRA: the folder of the templates. Tests use copies with planted mistakes.
INFRA ?= infra
lint-infra: setup ## Part of make lint: CloudFormation, with cfn-lint and with the assertions of infra/checks
	@failed=0; python -m infra.checks '$(INFRA)' || failed=1; \
		cfn-lint '$(INFRA)/*.yml' '$(INFRA)/stacks/*.yml' || failed=1; exit $$failed

.PHONY: dictionary
dictionary: parse-pages ## Generate docs/data_dictionary.md and the schema of mappings from the YAML of the models
	@cd $(PAGES) && dbt --quiet run-operation print_entity_rules --no-write-json > rules.json
	@python -m scripts.data_dictionary $(PAGES)/target/manifest.json $(PAGES)/rules.json
	@python -m loaders.table_import.schema

.PHONY: diagram
diagram: setup $(PAGES)/data ## Generate docs/diagram.md from the rules of the tables
	@cd $(PAGES) && dbt --quiet parse
	@python -m scripts.diagram $(PAGES)/target/manifest.json

.PHONY: commands
commands: setup ## Generate docs/commands.md from the help of the tieout command
	@python scripts/command_reference.py

.PHONY: lock
lock: $(VENV)/.installed ## Update requirements.txt after a change of pyproject.toml
	@uv pip compile --quiet --generate-hashes --no-header --no-emit-index-url --group dev pyproject.toml -o requirements.txt
	@uv pip compile --quiet --generate-hashes --no-header --no-emit-index-url --group metrics pyproject.toml \
		-o requirements-metrics.txt
	@uv pip compile --quiet --generate-hashes --no-header --no-emit-index-url --overrides requirements-next.in \
		pyproject.toml -o requirements-next.txt
	@uv pip compile --quiet --generate-hashes --no-header --no-emit-index-url --group pyproject.toml:airflow \
		-o requirements-airflow.txt
	@uv pip compile --quiet --generate-hashes --no-header --no-emit-index-url --group pyproject.toml:lineage \
		-o requirements-lineage.txt
	@uv pip compile --quiet --generate-hashes --no-header --no-emit-index-url --group pyproject.toml:benchmark \
		-o benchmarks/requirements.txt

.PHONY: clean
clean: ## Remove data/, target/, logs/ and caches, but not the environment
	@mkdir -p data && find data -mindepth 1 ! -name .gitkeep -delete
	rm -rf target logs .hypothesis .mypy_cache .pytest_cache .ruff_cache

.PHONY: clean-all
clean-all: clean ## Remove the environment and the dbt packages too
	rm -rf $(VENV) $(METRICS) $(AIRFLOW) $(NEXT) $(LINEAGE) dbt_packages *.egg-info

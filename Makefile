# Every target creates the environment first if it is not there.
PYTHON ?= python3.11
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help demo refresh serve dagster test lint format types layers pytest spark docs bench lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

demo: $(READY) ## simulate a company if there are no extracts, refresh, serve
	$(BIN)/scorecards demo

refresh: $(READY) ## build and publish from ./extracts
	$(BIN)/scorecards refresh

serve: $(READY) ## open the published snapshot in the browser
	$(BIN)/scorecards serve

dagster: export DAGSTER_HOME := $(CURDIR)/var/dagster
dagster: $(READY) ## the same assets, checks, schedules and sensor in Dagster's own pages
	mkdir -p $(DAGSTER_HOME)
	$(BIN)/dagster dev

test: lint types layers pytest ## everything that must hold before a change lands

lint: $(READY) ## style of Python and SQL
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/sqlfmt --quiet --check dbt_project

format: $(READY) ## rewrite Python and SQL in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfmt dbt_project

types: $(READY) ## static types
	$(BIN)/mypy

layers: $(READY) ## each room knows only the rooms below it
	$(BIN)/lint-imports

pytest: $(READY) ## the tests alone
	$(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

spark: $(VENV)/.spark ## build a small company with dbt-spark and compare it row by row (Java 17)
	$(BIN)/pytest -m spark tests/spark

$(VENV)/.spark: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[spark]"
	touch $@

docs: export DBT_TARGET_PATH := $(CURDIR)/var/docs
docs: export DBT_LOG_PATH := $(CURDIR)/var/docs
docs: export DBT_DUCKDB_PATH := $(CURDIR)/var/docs/empty.duckdb
docs: export DO_NOT_TRACK := 1
docs: $(READY) ## the data dictionary as one page: var/docs/static_index.html
	mkdir -p var/docs
	$(BIN)/dbt parse --quiet --project-dir dbt_project --profiles-dir dbt_project
	$(BIN)/dbt docs generate --static --empty-catalog --no-compile \
	  --project-dir dbt_project --profiles-dir dbt_project

bench: $(READY) ## what the speed claims in the README run
	$(BIN)/python -m benchmarks

lock: ## rewrite requirements.lock: names, versions and hashes
	uv pip compile pyproject.toml --extra dev --generate-hashes --no-emit-index-url --no-strip-extras \
	  --no-header --python-version 3.11 --output-file requirements.lock

clean: ## remove the environment and everything built
	rm -rf $(VENV) var

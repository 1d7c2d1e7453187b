# Everything a developer does. `make run` and `make test` need Python 3.11+ and nothing else.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
override PORT := $(or $(PORT),8000)
PYTEST := $(BIN)/python -m pytest
# While one process waits in a long test, the other takes over what is left of its share.
PARALLEL := -n auto --dist worksteal
LAMBDA_ZIP ?= var/indexer.zip
# Where nothing compiled is kept, every process compiles all tests anew.
unexport PYTHONDONTWRITEBYTECODE
DATABASE_URL_SERVICES := $(or $(DATABASE_URL),postgres://postgres@127.0.0.1:5432/postgres)
CELERY_BROKER_URL_SERVICES := $(or $(CELERY_BROKER_URL),redis://127.0.0.1:6379/0)

.PHONY: help run test test-tools test-browser test-slow test-services check lint bench bench-admin bench-publish bench-memory bench-api bench-deploy bench-s3-clients bench-client bench-scale bench-search bench-hooks costs lambda lock clean

help: ## what there is to make
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/  make \1\t\2/' | expand -t 26

$(VENV)/run.stamp: requirements.txt constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; choose one with make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt -c constraints.txt
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt -c constraints.txt
	@touch $@

run: export DJANGO_DEBUG := true
run: export REGISTRY_PORT := $(PORT)
run: export REGISTRY_PUBLIC_URL := http://127.0.0.1:$(PORT)/registry
run: export REGISTRY_SOURCE_NETWORKS ?= 127.0.0.0/8,::1/128
run: export PATH := $(CURDIR)/$(BIN):$(PATH)
run: $(VENV)/run.stamp ## the whole registry on this machine: PORT=8000 chooses the port, Ctrl-C stops it
	@$(BIN)/python manage.py first_run --port $(PORT)
	@exec $(BIN)/honcho start

test: $(VENV)/dev.stamp ## the tests on the embedded defaults; of a test with many cases, two
	$(PYTEST) -m "not slow and not services and not browser and not tools" $(PARALLEL)

test-slow: $(VENV)/dev.stamp ## the longer, exhaustive tests, and all cases of those with many
	$(PYTEST) -m slow $(PARALLEL) --timeout 900

test-tools: $(VENV)/dev.stamp ## the tests with git, hugo, nginx and others; says what is missing and how to install it
	$(BIN)/python -m tests.deployments.needs
	$(PYTEST) -m "tools and not slow" $(PARALLEL) --timeout 300

test-browser: export BROWSER_TOOLS := $(CURDIR)/$(VENV)/browser
test-browser: $(VENV)/dev.stamp ## the admin in a real browser; screenshots of every page in var/screenshots
	$(BIN)/python -m tests.browser.needs $(BROWSER_TOOLS)
	$(PYTEST) tests/browser -m browser

test-services: $(VENV)/dev.stamp ## the tests that ask for a database on PostgreSQL and a real broker, and those that need them
	@DATABASE_URL="$(DATABASE_URL_SERVICES)" CELERY_BROKER_URL="$(CELERY_BROKER_URL_SERVICES)" $(BIN)/python -m tests.services
	DATABASE_URL="$(DATABASE_URL_SERVICES)" CELERY_BROKER_URL="$(CELERY_BROKER_URL_SERVICES)" $(PYTEST) -m "not slow and not browser and not tools and not plain" $(PARALLEL)

lint: $(VENV)/dev.stamp ## ruff, mypy, import contracts, templates, migrations, the description of the API, deployment checks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	PYTHONPATH=client $(BIN)/lint-imports
	$(BIN)/cfn-lint infrastructure/*.yaml
	DJANGO_DEBUG=true $(BIN)/python manage.py makemigrations --check --dry-run
	DJANGO_DEBUG=true $(BIN)/python manage.py spectacular --validate --fail-on-warn > /dev/null
	key=$$(mktemp) && REGISTRY_SIGNING_KEY_FILE=$$key REGISTRY_VAR_DIR=$$(mktemp -d) DJANGO_SECRET_KEY=$$(head -c 48 /dev/urandom | base64) DJANGO_ALLOWED_HOSTS=registry.example.com \
	DATABASE_URL=postgres://registry@db/registry CELERY_BROKER_URL=redis://redis:6379/0 \
	REGISTRY_STORE_URL=s3://example-registry REGISTRY_PUBLIC_URL=https://registry.example.com \
	$(BIN)/python manage.py check --deploy --fail-level WARNING

check: lint test ## what must be clean before a change lands

bench: $(VENV)/dev.stamp ## requests and times of a publish; each bench rewrites its section of docs/benchmarks.md
	$(BIN)/python -m tests.bench.publish

bench-publish: $(VENV)/dev.stamp ## a publish beside aws s3 sync, on one emulator
	$(BIN)/python -m tests.bench.sync

bench-admin: $(VENV)/dev.stamp ## the admin's pages with 10,000 providers
	$(BIN)/python -m tests.bench.admin

bench-api: $(VENV)/dev.stamp ## reading through the API beside a plain ModelSerializer; searching 100,000 providers
	$(BIN)/python -m tests.bench.api
	$(BIN)/python -m tests.bench.search

bench-search: $(VENV)/dev.stamp ## both search indexes, and a scan, with 10,000 providers
	$(BIN)/python -m tests.bench.indexes

bench-deploy: $(VENV)/dev.stamp ## what the engine of deployments adds to the tools that it runs
	$(BIN)/python -m tests.bench.deploy

bench-hooks: $(VENV)/dev.stamp ## how long a push waits for its answer
	$(BIN)/python -m tests.bench.hooks

bench-scale: $(VENV)/dev.stamp ## what one more process of each kind gives, on PostgreSQL and Redis
	DATABASE_URL="$(DATABASE_URL_SERVICES)" CELERY_BROKER_URL="$(CELERY_BROKER_URL_SERVICES)" $(BIN)/python -m tests.bench.scale

bench-client: $(VENV)/dev.stamp ## reading with registry_client beside a simple client, over TLS and a line of 20 ms
	PYTHONPATH=client $(BIN)/python -m tests.bench.readers

bench-memory: $(VENV)/dev.stamp ## memory of a first publish of 100,000 entries
	$(BIN)/python -m tests.bench.memory

bench-s3-clients: $(VENV)/dev.stamp ## boto3 beside a Rust client for S3 (ADR 0006)
	$(BIN)/python -m tests.bench.s3_clients

costs: $(VENV)/dev.stamp ## what a registry on AWS costs: rewrites the tables of docs/costs.md
	$(BIN)/python -m infrastructure.costs

lambda: $(VENV)/run.stamp ## the code of the indexer's Lambda: LAMBDA_ZIP=var/indexer.zip chooses the file
	$(BIN)/python -m indexer.package $(LAMBDA_ZIP)

lock: $(VENV)/dev.stamp ## pin what is installed now in constraints.txt
	(echo "# Every package of a development environment, pinned: pip install -r requirements-dev.txt -c constraints.txt"; \
	echo "# Made by make lock."; $(BIN)/pip freeze) > constraints.txt

clean: ## forget the environment and everything that was published here
	rm -rf $(VENV) var

# NeuroFlow. `make help` lists what there is.
SHELL := /bin/sh
MAKEFLAGS += --no-print-directory
HOST ?= 127.0.0.1
PORT ?= 8000
WORKERS ?= 2
JSON ?= out.json
COUNT ?= 20000
TESTS ?=
DATABASE_URL_TESTS ?= postgres://postgres@127.0.0.1:5432/neuroflow_test_suite
REDIS_URL_TESTS ?= redis://127.0.0.1:6379/9
VENV := .venv/bin

.DEFAULT_GOAL := help
# Checked before anything long: a suite without its browser tests is not the suite.
.PHONY: help run venv venv-dev chromium test test-servers lint bench soak screenshots clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | while IFS="$$(printf '\t')" read -r name text; do \
		printf '  make %-14s %s\n' "$$name" "$$text"; done

run: venv ## set up what is missing and start everything (PORT=8000 HOST=127.0.0.1 WORKERS=2)
	@exec $(VENV)/python manage.py up --host $(HOST) --port $(PORT) --workers $(WORKERS)

venv: ## .venv with what runs
	@python="$$(PYTHON='$(PYTHON)' scripts/find_python.sh)" && exec "$$python" scripts/bootstrap.py

venv-dev: ## .venv with what tests need too
	@python="$$(PYTHON='$(PYTHON)' scripts/find_python.sh)" && exec "$$python" scripts/bootstrap.py --dev

chromium:
	@scripts/find_chromium.sh >/dev/null

test: chromium venv-dev ## the whole suite, browser tests included (TESTS=path to run a part)
	@CHROMIUM="$$(scripts/find_chromium.sh)" $(VENV)/python scripts/test.py $(TESTS)

test-servers: venv-dev ## the part marked "servers", against PostgreSQL and Redis
	@DATABASE_URL='$(or $(DATABASE_URL),$(DATABASE_URL_TESTS))' REDIS_URL='$(or $(REDIS_URL),$(REDIS_URL_TESTS))' \
		REDIS_PREFIX="nf-test-$$$$" $(VENV)/pytest -m servers $(if $(REPORTS),--junitxml=$(REPORTS)/servers.xml) $(TESTS)

lint: venv-dev ## ruff and mypy
	@$(VENV)/ruff check .
	@$(VENV)/mypy .

bench: venv-dev ## the measurements of the design beside their floors (JSON=out.json)
	@$(VENV)/python -m benchmarks $(JSON)

soak: venv-dev ## 20,000 good and hostile invocations in one worker, and what they leave (COUNT=20000, about 8 minutes)
	@$(VENV)/python -m benchmarks.soak $(COUNT)

screenshots: venv-dev ## docs/images from a running server (URL, LOGIN_EMAIL and LOGIN_PASSWORD in the environment)
	@$(VENV)/python scripts/screenshots.py

clean: ## caches only; data stay in var/, packages in .venv
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +

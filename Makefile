# Two words do all set-up on a fresh machine with Python 3.11 or newer: make new, make test.

PYTHON ?= python3
OUT ?= ..
export OUT
SOURCE := {{cookiecutter.project_slug}}
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: help new test test-container check bench

help: ## Show these words
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

.venv/new: pyproject.toml
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check "uv>=0.9,<1"
	uv pip install --quiet --python .venv --group new
	touch $@

.venv/test: .venv/new $(SOURCE)/pyproject.toml
	.venv/bin/python tests/requirements.py | uv pip install --quiet --python .venv --group test -r -
	touch $@

new: .venv/new ## Render a project into OUT (default: beside this folder); NO_INPUT=1 asks nothing
	cookiecutter $(if $(NO_INPUT),--no-input) --output-dir "$$OUT" .

test: .venv/test check ## Test the template: every variant, on every database that runs here
	pytest -n auto $(ARGS)

test-container: .venv/test ## Build the containers of each database's project and run them; needs Docker
	pytest -p no:cacheprovider -s tests/container/checks.py $(ARGS)

check: .venv/test ## Format, lint and types of the template's own code
	ruff format --check .
	ruff check .
	mypy
	zizmor --offline --quiet .github

bench: .venv/test ## Print the figures of docs/performance.md
	python -m bench

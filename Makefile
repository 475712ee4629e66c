# `make new` and `make test` install everything they need; they require Python 3.11 or newer.

PYTHON ?= python3
OUT ?= ..
export OUT
SYSTEM_PATH := $(PATH)
export PATH := $(CURDIR)/.venv/bin:$(PATH)
# The system knows the certificate authority of a company's proxy. Older versions of uv read the
# second name.
export UV_SYSTEM_CERTS ?= 1
export UV_NATIVE_TLS ?= $(UV_SYSTEM_CERTS)

.PHONY: help environment test-environment new test test-container check seams screenshots bench

help: ## List these commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

# Both check what is installed, and take a second if nothing is missing. A file with the time of the
# last installation would also be there when the interpreter or a package has gone.
environment:
	@PATH='$(SYSTEM_PATH)' $(PYTHON) -m flask_qa_template.environment
	@[ -x .venv/bin/uv ] || .venv/bin/pip install --quiet --disable-pip-version-check "uv>=0.9,<1"
	@uv pip install --quiet --python .venv --group new

test-environment: environment
	@.venv/bin/python tests/requirements.py | uv pip install --quiet --python .venv --group test -r -

new: environment ## Render a project into OUT (default: ..); NO_INPUT=1 uses defaults, ANSWERS="language=ko forms=no" sets answers
	@python -m flask_qa_template.answers $(ANSWERS)
	@cookiecutter $(if $(NO_INPUT),--no-input) --output-dir "$$OUT" . $(ANSWERS)

test: test-environment check ## Run all tests: every variant, on every available database server
	pytest -n auto $(ARGS)

test-container: test-environment ## Build and run the containers of a project of each database; needs Docker
	pytest -p no:cacheprovider -s tests/container/checks.py $(ARGS)

check: test-environment ## Check format, lint and types of the template's own code
	ruff format --check .
	ruff check .
	mypy
	zizmor --offline --quiet .github

seams: test-environment ## Rewrite docs/seams.md: what switching on an option changes
	python -m flask_qa_template.seams

screenshots: test-environment ## Take the pictures of the READMEs; needs Chromium
	pytest -p no:cacheprovider tests/screenshots.py $(ARGS)

bench: test-environment ## Measure the figures of docs/performance.md; PARTS="serving accounts" measures these
	@uv pip install --quiet --python .venv --group bench
	python -m bench $(PARTS)

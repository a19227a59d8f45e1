# What people type. Needs the Rust toolchain of rust-toolchain.toml and nothing else; uses cargo-nextest and
# cargo-deny where they are installed, and says so where they are not.

STANCE := cargo run --locked --quiet --package cli --
FUZZ_SECONDS ?= 60

.PHONY: demo test lint fmt bench docs fuzz

## Scan the example estate.
demo:
	cargo build --locked --release --package cli
	cargo run --locked --release --quiet --package cli -- scan examples/estate --fail-on never

## Everything that must hold before a commit.
test: lint
	@if cargo nextest --version >/dev/null 2>&1; then \
		echo "cargo nextest run --workspace"; \
		cargo nextest run --locked --workspace; \
	else \
		echo "cargo test --workspace (cargo-nextest is not installed)"; \
		cargo test --locked --workspace; \
	fi
	$(STANCE) check test

## Formatting, lints, the laws of the house, and the dependencies.
lint:
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	cargo xtask tidy
	@if cargo deny --version >/dev/null 2>&1; then \
		echo "cargo deny check bans licenses sources"; \
		cargo deny --locked check bans licenses sources; \
	else \
		echo "SKIPPED: cargo-deny is not installed, so licences and banned dependencies were not checked"; \
	fi

fmt:
	cargo fmt --all

bench:
	cargo bench --locked --package iac --package engine

## API documentation of every crate.
docs:
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps --document-private-items

## Every fuzz target for FUZZ_SECONDS; needs cargo-fuzz.
fuzz:
	@test -d fuzz || { echo "there are no fuzz targets yet"; exit 1; }
	@for target in $$(cd fuzz && cargo fuzz list); do \
		RUSTC_BOOTSTRAP=1 cargo fuzz run "$$target" -- -max_total_time=$(FUZZ_SECONDS) || exit 1; \
	done

# What people type. Needs the Rust toolchain of rust-toolchain.toml and nothing else; uses cargo-nextest and
# cargo-deny where they are installed, and says so where they are not.

STANCE := cargo run --locked --quiet --package cli --
FUZZ_SECONDS ?= 60

.PHONY: demo test lint fmt bench docs fuzz tools

## What a build needs besides this folder. Rust itself is a person's choice to install; a linker is not.
tools:
	@command -v cargo >/dev/null || { echo "cargo is not on the path: install Rust from https://rustup.rs"; exit 1; }
	@command -v cc >/dev/null || { \
		echo "installing gcc, which Rust links with"; \
		root=; [ "$$(id -u)" = 0 ] || root=sudo; \
		$$root apt-get update -qq && $$root apt-get install -y -qq gcc libc6-dev; \
	}

## Scan the example estate.
demo: tools
	cargo build --locked --release --package cli
	cargo run --locked --release --quiet --package cli -- scan examples/estate --fail-on never

## Everything that must hold before a commit.
test: tools lint
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

## Where the time goes, then the CPU time of ten whole runs of the program over each folder. STANCE_REPOS names more folders, with `:` between them.
bench:
	cargo bench --locked --package paths --bench search
	cargo bench --locked --package identity --bench aws
	cargo bench --locked --package engine --bench scan
	@bin=$$(cargo build --locked --release --package cli --message-format=json 2>/dev/null \
		| sed -n 's/.*"executable":"\([^"]*\/stance\)".*/\1/p'); \
	for folder in crates/engine/benches/one examples/estate $$(echo "$(STANCE_REPOS)" | tr ':' ' '); do \
		echo "$$folder: CPU time of 10 runs"; \
		bash -c 'TIMEFORMAT="  %U s user + %S s system"; time for i in 1 2 3 4 5 6 7 8 9 10; do '"$$bin"' scan "$$0" --fail-on never >/dev/null; done' "$$folder"; \
	done

## API documentation of every crate.
docs:
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps --document-private-items

## Every fuzz target for FUZZ_SECONDS; needs cargo-fuzz.
fuzz:
	@test -d fuzz || { echo "there are no fuzz targets yet"; exit 1; }
	@for target in $$(cd fuzz && cargo fuzz list); do \
		RUSTC_BOOTSTRAP=1 cargo fuzz run "$$target" -- -max_total_time=$(FUZZ_SECONDS) || exit 1; \
	done

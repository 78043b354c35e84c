# Everything a person or a machine runs here; `make` alone tells what there is.
# What is missing is installed first: Firefox and a linker by apt (needs root), tools by cargo, into .tools.

GECKODRIVER_VERSION := 0.37.1
CARGO_DENY_VERSION  := 0.20.2
PLAYWRIGHT_VERSION  := 1.65.1
# A test in a browser waits for its page about half of the time: four fill two cores.
TEST_THREADS ?= 4

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
TOOLS       := $(CURDIR)/.tools
export PATH := $(TOOLS)/bin:$(PATH)

.DEFAULT_GOAL := help
.PHONY: help demo test check soak bench bench-peers playwright schemas setup linker firefox geckodriver chromium cargo-deny clean-tools

help: ## what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: setup ## work on a practice console of 60 people, and compare what was reported with what is so
	@echo "building seatwright (the first time takes minutes)"
	@cargo build --quiet --locked --bin seatwright --example demo
	@cargo run --quiet --locked --example demo

test: setup ## all tests, in a real browser too
	@echo "cargo test --locked --features crash-points -- --test-threads $(TEST_THREADS)"
	@cargo test --locked --features crash-points -- --test-threads $(TEST_THREADS) | awk '{ print; fflush() } \
		/^test result:/ { passed += $$4; failed += $$6; ignored += $$8 } \
		END { printf "\nall: %d passed, %d failed, %d skipped\n", passed, failed, ignored }'

check: linker cargo-deny ## what a reviewer runs: format, lints, docs, licences and sources of the dependencies
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	cargo clippy --locked --all-targets --features crash-points -- -D warnings
	RUSTDOCFLAGS="-D warnings -A rustdoc::private_intra_doc_links" cargo doc --locked --no-deps --document-private-items
	cargo deny --locked check licenses bans sources

soak: setup ## a long test: make soak NAME=kill, NAME=removals, NAME=lists, NAME=contract, NAME=faults, NAME=sessions, NAME=evidence, NAME=hostile, NAME=import, NAME=logins, NAME=readings, NAME=converge, NAME=club, NAME=laws, NAME=kill-apply, NAME=apply-faults, NAME=chromium or NAME=owners
	@test -n "$(NAME)" || { echo "which one? make soak NAME=kill, NAME=removals, NAME=lists, NAME=contract, NAME=faults, NAME=sessions, NAME=evidence, NAME=hostile, NAME=import, NAME=logins, NAME=readings, NAME=converge, NAME=club, NAME=laws, NAME=kill-apply, NAME=apply-faults, NAME=chromium or NAME=owners" >&2; exit 2; }
	@test "$(NAME)" != chromium || $(MAKE) --no-print-directory chromium
ifeq ($(NAME),owners)
	cargo test --quiet --locked --features crash-points --test it -- --ignored --exact --nocapture \
		browser::deaths::an_owner_killed_at_any_moment_leaves_nothing
else ifeq ($(NAME),laws)
	@echo "seed $(or $(SEED),20261121), commit $$(git describe --always --dirty --abbrev=10), $$(date +%F)"
	SEATWRIGHT_LAW_CASES=10000 SEATWRIGHT_LAW_SEED=$(or $(SEED),20261121) cargo test --quiet --locked --lib -- \
		--include-ignored --nocapture --test-threads 1 domain::reconcile_laws tests::the_classes_of_the_laws_worlds
else ifeq ($(NAME),chromium)
	cargo test --quiet --locked --features crash-points --test it -- --include-ignored --nocapture --test-threads 2 \
		in_chromium
	SEATWRIGHT_TEST_BROWSER=chromium cargo test --quiet --locked --features crash-points --test it -- --test-threads 2 \
		browser:: writes:: quirks:: clubhouse_faults:: sessions:: exports:: hostile:: --skip a_console_that_never_answers
else ifeq ($(NAME),contract)
	cargo test --quiet --locked --features crash-points --test it -- --ignored --exact --nocapture --test-threads 2 \
		contract::sandbox::by_the_engine_in_firefox contract::clubhouse::by_the_engine_in_firefox \
		contract::clubhouse::by_the_command_line_in_firefox
else ifeq ($(NAME),faults)
	cargo test --quiet --locked --features crash-points --test it -- --ignored --exact --nocapture --test-threads 2 \
		faults::an_unkind_console_is_read_and_its_members_changed_all_the_same \
		faults::an_unkind_console_takes_invitations_all_the_same \
		clubhouse_faults::no_form_whose_answer_is_lost_is_sent_twice \
		clubhouse_faults::no_list_of_a_club_that_contradicts_itself_proves_anything
else ifeq ($(NAME),sessions)
	cargo test --quiet --locked --features crash-points --test it -- --ignored --exact --nocapture --test-threads 2 \
		sessions::an_invitation_outlives_a_session_that_ends_anywhere \
		sessions::a_removal_outlives_a_session_that_ends_anywhere
else ifeq ($(NAME),evidence)
	cargo test --quiet --locked --features crash-points --test it -- --ignored --exact --nocapture \
		evidence::of_a_thousand_secrets_and_strangers_none_is_in_what_can_be_passed_on
else ifeq ($(NAME),hostile)
	cargo test --quiet --locked --features crash-points --test it -- --ignored --exact --nocapture \
		hostile::all_kinds_of_strangers_are_removed_and_nobody_who_looks_like_them
else ifeq ($(NAME),readings)
	cargo test --quiet --locked --features crash-points --test it -- --ignored --exact --nocapture \
		roster_studies::two_hundred_readings_of_lists_that_lie
else ifeq ($(NAME),converge)
	cargo test --quiet --locked --features crash-points --test it -- --ignored --exact --nocapture \
		roster_studies::thirty_rosters_are_reached_on_an_unkind_console
else ifeq ($(NAME),logins)
	cargo test --quiet --locked --features crash-points --test it -- --ignored --exact --nocapture \
		sessions::sixty_logins_with_a_second_factor
else ifeq ($(NAME),club)
	cargo test --quiet --locked --features crash-points --test it -- --ignored --exact --nocapture \
		clubhouse_faults::all_that_a_club_can_do_is_done_however_slow_it_is \
		clubhouse_faults::a_club_that_says_done_and_does_nothing_is_not_believed \
		clubhouse_faults::what_a_club_does_late_is_waited_for_and_not_asked_again
else ifeq ($(NAME),import)
	cargo test --quiet --locked --features crash-points --test it -- --ignored --exact --nocapture \
		import::five_hundred_rows_come_in_at_once import::an_unkind_console_takes_a_file_all_the_same
else
	@cargo build --quiet --locked --features crash-points --bin seatwright --example soak
	@cargo run --quiet --locked --features crash-points --example soak -- $(NAME) $(SEED)
endif

bench: setup ## what operations cost, beside a script in the page and a plain WebDriver script (ROUNDS=7, SEED=)
	@cargo build --release --quiet --locked --bin seatwright --example bench --example bench_plan
	@target/release/examples/bench $(or $(ROUNDS),7) $(or $(SEED),20261121)
	@printf '\n### A roster held against a list\n\n'
	@target/release/examples/bench_plan

bench-peers: setup playwright ## the same, beside a Playwright script in Chromium too
	@cargo build --release --quiet --locked --bin seatwright --example bench
	@target/release/examples/bench $(or $(ROUNDS),7) $(or $(SEED),20261121) "$(TOOLS)/playwright"

schemas: linker ## write the JSON Schemas of maps, recordings, plans and approvals into docs/schemas
	SEATWRIGHT_WRITE_SCHEMAS=1 cargo test --quiet --locked --lib engine::app::tests::schema::the_schemas_in_docs

setup: linker firefox geckodriver ## install what demo and test need, and nothing else

# Installs Debian packages, or says what to do. An update comes first: a new machine knows no packages.
define install
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
		echo "missing on this machine: $(1)" >&2; \
		echo "on Debian: sudo apt-get update && sudo apt-get install $(1)" >&2; \
		exit 1; \
	fi; \
	echo "installing $(1)" >&2; \
	export DEBIAN_FRONTEND=noninteractive; \
	apt-get update -qq </dev/null >&2; \
	apt-get install -y -qq --no-install-recommends $(1) </dev/null >&2
endef

linker:
	@command -v cc >/dev/null && exit 0; $(call install,gcc libc6-dev)

firefox:
	@command -v firefox-esr >/dev/null || command -v firefox >/dev/null && exit 0; $(call install,firefox-esr)

# Not part of `setup`: only `make soak NAME=chromium` needs it. Driver and browser are of one version.
chromium: ## install Chromium and chromedriver
	@command -v chromium >/dev/null && command -v chromedriver >/dev/null && exit 0; $(call install,chromium chromium-driver)

geckodriver: linker
	@command -v geckodriver >/dev/null || \
		cargo install --locked --root "$(TOOLS)" --version $(GECKODRIVER_VERSION) geckodriver

# Chromium is Debian's: playwright-core brings no browser of its own.
playwright:
	@command -v node >/dev/null && command -v npm >/dev/null && command -v chromium >/dev/null || { $(call install,nodejs npm chromium); }
	@test -d "$(TOOLS)/playwright/node_modules/playwright-core" || \
		npm install --silent --no-audit --no-fund --prefix "$(TOOLS)/playwright" playwright-core@$(PLAYWRIGHT_VERSION)

# Unoptimised it is built in half the time, and needs a second more for what it does here.
cargo-deny: linker
	@command -v cargo-deny >/dev/null || CARGO_PROFILE_DEV_DEBUG=0 \
		cargo install --debug --locked --root "$(TOOLS)" --version $(CARGO_DENY_VERSION) cargo-deny

clean-tools: ## forget the tools that were built into .tools
	rm -rf "$(TOOLS)"

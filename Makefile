# Courant's tasks; `make` lists them. Downloads and the development broker live in .cache, builds in target.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:

KAFKA := deploy/kafka/kafka.sh
KAFKA_DIR := .cache/kafka-dev
ARGS ?=

##@ See it run

.PHONY: demo
demo: models ## Poll the bundled newsroom on an embedded cluster and watch (ARGS="--json --once")
	@cargo run --release --locked -- dev $(ARGS)

.PHONY: kafka
kafka: ## Fetch Apache Kafka, start one node (data in .cache/kafka-dev) and print its address
	@$(KAFKA) fetch
	@address=$$($(KAFKA) status --dir $(KAFKA_DIR) || $(KAFKA) start --dir $(KAFKA_DIR)); \
	echo "Apache Kafka runs at $$address"; \
	echo "  use it:   cargo run --release -- dev --brokers $$address"; \
	echo "  stop it:  make kafka-stop    (and forget its data: rm -r $(KAFKA_DIR))"

.PHONY: models
models: ## Fetch the pinned statistical models into .cache/models, where they are found
	@deploy/models.sh

.PHONY: kafka-stop
kafka-stop: ## Stop that node; its data stay
	@$(KAFKA) stop --dir $(KAFKA_DIR)

##@ Check it

.PHONY: test
test: setup lint deny unit fuzz chart deploy-check ## The one test command: these six and setup

.PHONY: lint
lint: ## rustfmt, and clippy with warnings denied
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --features courant/fail-points --locked -- -D warnings
	cargo clippy -p event-log --locked -- -D warnings

.PHONY: deny
deny: ## Licences, bans and sources of all crates
	deploy/check/deny.sh

.PHONY: unit
unit: models ## Unit, golden and end-to-end tests, the latter on Apache Kafka
	$(KAFKA) fetch
	cargo build --workspace --bins --features courant/fail-points --locked
	cargo test --workspace --features courant/fail-points --locked

.PHONY: fuzz
fuzz: ## Fuzz parsing and dates, a minute each (ARGS="--seconds 600 --seeds DIR")
	services/fuzz/fuzz.sh $(ARGS)

.PHONY: chart
chart: ## Lint and render the Helm chart; judge every manifest by Kubernetes' schemas
	deploy/check/chart.sh

.PHONY: deploy-check
deploy-check: ## Check Dockerfile, compose.yaml, Prometheus rules, dashboard and shell scripts
	deploy/check/deploy.sh

.PHONY: setup
setup: ## Install the Debian packages that build and tests need (as root), name what else is missing
	@deploy/setup.sh

.PHONY: fmt
fmt: ## Format the Rust code
	cargo fmt --all

##@ Measure it

.PHONY: bench
bench: models ## Throughput as ratios against bare libraries and others (ARGS="--only parse --feeds DIR")
	$(KAFKA) fetch
	cargo build --release --locked -p courant -p e2e --bins
	cargo run --release --locked -p e2e --bin bench -- $(ARGS)

.PHONY: recovery
recovery: ## What is recovered of damaged feeds, class by class, beside Python's feedparser
	services/libs/misprints/check/recovery.sh

.PHONY: readers
readers: ## Score feed-rs, feed-rs before Courant's reader, and Courant's reader alone on the feeds in SETS=FOLDER
	services/e2e/peers/readers.sh "$(SETS)"

.PHONY: parity
parity: models ## Hold the model's tokens and entities against spaCy's on the texts in SETS="FILE|FOLDER ..."
	services/libs/model-store/check/parity.sh $(SETS)

.PHONY: quality
quality: ## Score names and links beside spaCy on the sets in SETS=FOLDER
	services/libs/entity-core/check/quality.sh "$(SETS)"

.PHONY: chaos
chaos: ## Kill pollers and enrichers twenty times under load; nothing is lost, nothing is there twice
	$(KAFKA) fetch
	cargo build --workspace --bins --features courant/fail-points --locked
	COURANT_CHAOS_KILLS=$${COURANT_CHAOS_KILLS:-20} cargo test --features courant/fail-points --workspace --locked --test it chaos -- --nocapture

.PHONY: help
help: ## This list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

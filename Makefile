.DEFAULT_GOAL := help
.NOTPARALLEL:
SHELL := bash
.SHELLFLAGS := -euo pipefail -c

AISLE := go run ./services/cmd/aisle
TOOL := go tool -modfile=tools/go.mod
BUF := tools/node_modules/.bin/buf
BUF_VERSION := $(shell sed -n 's/.*"@bufbuild\/buf": "\(.*\)".*/\1/p' tools/package.json)
GO_ROOMS := gen migrations services

# Room for the simulator and the race detector on a slow machine; a hang still ends.
TEST_TIMEOUT ?= 40m

# The race detector is written in C. Without a compiler the tests run without it, and CI has one.
RACE := $(shell command -v gcc >/dev/null 2>&1 && echo -race)

# Tests that take too long with the race detector, and run without it.
WITHOUT_RACE = TestAuditNotices|TestImportSurvivesKills|TestImportsShareBooks|TestPagesCanBePasted

heading = printf '\n==> %s\n'

.PHONY: help
help: ## Print this help
	@printf 'Aisle: stock, orders and invoices of a retailer, in one ledger.\n\nUsage: make TARGET\n\n'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@printf '\nThe first build takes a minute or two; later ones take seconds.\n'

.PHONY: run
run: ## Start a shop with demo data on a private Postgres
	@$(AISLE) demo

.PHONY: build
build: ## Build bin/aisle, a static binary
	@CGO_ENABLED=0 go build -trimpath -o bin/aisle ./services/cmd/aisle

.PHONY: test
test: ## Run all tests, with the race detector where a C compiler is
	@if [ -n "$(RACE)" ]; then $(heading) "go test, of what is not run with the race detector"; \
	  go test -timeout $(TEST_TIMEOUT) -run '^($(WITHOUT_RACE))$$' ./services/cmd/aisle ./services/postgres; fi
	@$(heading) "go test $(RACE)"
	@go test $(RACE) -timeout $(TEST_TIMEOUT) ./...

# A run of the simulator prints its seed, and what it finds as the shortest story it can find. The servers that it starts and
# kills are the test's own program.
SIMULATE = go test ./services/sim -run '^TestSimulation$$' -count=1 -timeout 0 -v -args

.PHONY: sim
sim: ## Trade under faults and audit: SEED= for a run again, N= operations, CLIENTS=, WITHOUT= faults
	@$(SIMULATE) -seed=$(or $(SEED),0) -n=$(or $(N),20000) -clients=$(or $(CLIENTS),16) -without='$(WITHOUT)'

.PHONY: soak
soak: ## Simulate run after run, each with a seed of its own, for HOURS= (8)
	@$(SIMULATE) -n=$(or $(N),20000) -clients=$(or $(CLIENTS),16) -without='$(WITHOUT)' -soak=$(or $(HOURS),8)h

.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZTIME= each (30s)
	@grep -rlE '^func Fuzz' --include='*_test.go' services | xargs -n1 dirname | sort -u | while read -r room; do \
	  for target in $$(grep -hoE '^func Fuzz[A-Za-z0-9]+' $$room/*_test.go | cut -c6- | sort -u); do \
	    $(heading) "$$room $$target"; \
	    go test ./$$room -run '^$$' -fuzz "^$$target\$$" -fuzztime $(or $(FUZZTIME),30s) -parallel 1; \
	  done; \
	done

# The quick bench goes before the tests, so that the last lines are those of go test.
.PHONY: verify
verify: lint generated ## Run what CI runs: lint, generated code, a quick bench, tests
	@$(MAKE) --no-print-directory bench QUICK=1
	@$(MAKE) --no-print-directory test

.PHONY: generate
generate: $(BUF) ## Generate gen/ from proto/
	@$(BUF) generate

.PHONY: lint
lint: $(BUF) ## Check the code and the protos without running anything
	@$(heading) "gofmt"
	@unformatted=$$(gofmt -l $(GO_ROOMS)); \
	if [ -n "$$unformatted" ]; then printf '%s\n' "$$unformatted" "Not formatted: run make fmt." >&2; exit 1; fi
	@$(heading) "go vet"
	@go vet ./...
	@$(heading) "staticcheck"
	@$(TOOL) staticcheck ./...
	@$(heading) "buf lint"
	@$(BUF) lint
	@$(heading) "buf format"
	@$(BUF) format --diff --exit-code proto || { echo "Not formatted: run make fmt." >&2; exit 1; }
	@$(heading) "buf breaking"
	@$(breaking)

.PHONY: fmt
fmt: $(BUF) ## Format the Go code and the protos
	@gofmt -l -w $(GO_ROOMS)
	@$(BUF) format --write proto

.PHONY: bench
bench: ## Measure the engine; QUICK=1 for a short run
	@$(heading) "bench"
	@$(AISLE) bench $(if $(QUICK),--quick)

.PHONY: bench-large
bench-large: ## Measure with 10 million positions
	@$(heading) "bench with 10 million positions"
	@$(AISLE) bench --large

.PHONY: audit
audit: ## Prove the ledger of the database in AISLE_DATABASE_URL
	@$(AISLE) audit

.PHONY: migrate
migrate: ## Bring the database in AISLE_DATABASE_OWNER_URL up to date
	@$(AISLE) migrate

.PHONY: up
up: ## Start Postgres, the services and the gateway in containers
	@docker compose up --build --detach

.PHONY: down
down: ## Stop the containers; the data stays in its volumes
	@docker compose down

# Generates beside the tree first and touches gen/ only where it is stale, so that a build running meanwhile never
# finds it empty. Compares with what is in the folder, committed or not.
.PHONY: generated
generated: $(BUF)
	@$(heading) "generated code"
	@fresh=$$(mktemp -d); trap 'rm -rf "$$fresh"' EXIT; \
	$(BUF) generate --output "$$fresh"; \
	stale=0; \
	for folder in gen/go gen/openapi; do diff -rqN "$$folder" "$$fresh/$$folder" || stale=1; done; \
	if [ $$stale = 1 ]; then \
	  $(BUF) generate; \
	  echo "gen/ did not match proto/. It has been generated again: look at it and commit it." >&2; \
	  exit 1; \
	fi

# The last release is unpacked beside the tree: this also works in a git worktree.
define breaking
release=$$(git describe --tags --abbrev=0 --match 'v*' 2>/dev/null || true); \
if [ -z "$$release" ]; then echo "There is no release yet, so nothing can break."; exit 0; fi; \
old=$$(mktemp -d); trap 'rm -rf "$$old"' EXIT; \
git archive "$$release" buf.yaml proto third_party | tar -x -C "$$old"; \
echo "against $$release"; \
$(BUF) breaking --against "$$old"
endef

# npm is asked only when buf is missing or is not the version in tools/package.json. The package's install script
# only makes starting buf faster, and is left out.
.PHONY: $(BUF)
$(BUF):
	@[ "$$($(BUF) --version 2>/dev/null)" = "$(BUF_VERSION)" ] || \
	  npm ci --prefix tools --ignore-scripts --no-audit --no-fund --loglevel=error

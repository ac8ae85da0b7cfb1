# Tools are pinned here and run from source: nothing need be installed first,
# and go.mod stays free of them.
GO            ?= go
GOLANGCI_LINT ?= $(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

FUZZTIME ?= 10s
SCENARIO ?= primary-outage
OUT      ?= out/$(SCENARIO)

# Modules below this one, which hold what must not enter its go.mod.
NESTED := $(patsubst %/go.mod,%,$(wildcard */go.mod))

# Where there is npm, the vendors' JavaScript libraries are held to the mock, too.
NPM          := $(shell command -v npm)
NPM_PACKAGES := conformance/js/node_modules/.package-lock.json

.DEFAULT_GOAL := help

## Use

.PHONY: demo
demo: build ## Run an embedded scenario; the last line says where the reports are
	bin/tailgate run $(SCENARIO) --out $(OUT)

.PHONY: build
build: ## Build bin/tailgate
	$(GO) build -o bin/tailgate ./cmd/tailgate

## Work

.PHONY: test
test: ## Run the tests
	$(GO) test ./...

.PHONY: race
race: ## Run the tests under the race detector
	$(GO) test -race ./...

.PHONY: lint
lint: ## Run the linters
	@for dir in . $(NESTED); do (cd $$dir && $(GOLANGCI_LINT) run -c $(CURDIR)/.golangci.yml ./...) || exit 1; done

.PHONY: fmt
fmt: ## Format every Go file
	$(GOLANGCI_LINT) fmt

.PHONY: fuzz
fuzz: ## Fuzz every target for FUZZTIME (10s)
	@grep -rHo --include='*_test.go' '^func Fuzz[[:alnum:]_]*' $(NESTED:%=--exclude-dir=%) . | \
	while IFS=: read -r file func; do \
		target=$${func#func }; dir=$$(dirname "$$file"); \
		echo "$$dir $$target"; \
		$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 100x "$$dir" || exit 1; \
	done

.PHONY: cover
cover: ## Say how much of the code the tests reach; details in out/cover.html
	@mkdir -p out
	$(GO) test -coverpkg ./... -coverprofile out/cover.out ./...
	@$(GO) tool cover -html out/cover.out -o out/cover.html
	@$(GO) tool cover -func out/cover.out | tail -n 1

.PHONY: browser
browser: ## Test report.html in Chromium, which Debian's apt-get installs if we are root
	@found() { command -v chromium || command -v chromium-browser || command -v google-chrome || command -v google-chrome-stable; }; \
	if ! found >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "installing chromium"; { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } >/dev/null 2>&1; \
	fi; \
	found >/dev/null || echo "SKIPPED: no chromium here, and none could be installed; report.html was not tested in a browser"
	cd browser && $(GO) test -count=1 .

.PHONY: intervals
intervals: ## Print how often intervals hold the truth, over 1,000 seeds (minutes)
	$(GO) test ./internal/engine -run '^TestCoverageOfIntervals$$' -v -seeds 1000 -timeout 30m

.PHONY: golden
golden: ## Rewrite the golden files; look at the difference before committing it
	$(GO) test $$(grep -rl --include='*_test.go' 'flag.Bool("update"' . | xargs -n 1 dirname | sort -u) -update

.PHONY: conformance
conformance: $(NPM_PACKAGES) ## Hold the vendors' own libraries to the mock; needs npm
	cd conformance && $(GO) vet ./... && $(GO) test ./...

$(NPM_PACKAGES): conformance/js/package-lock.json
	cd conformance/js && npm ci
	@touch $@

.PHONY: no-npm
no-npm:
	@echo 'npm is not here: the JavaScript libraries are left out of conformance'

.PHONY: bench
bench: ## Measure speed, against peers too (minutes, on a quiet machine)
	cd bench && $(GO) run .

## Check

.PHONY: check
check: check-fmt lint vet tidy demo test race nested browser ## Everything a change must pass

.PHONY: check-fmt
check-fmt:
	$(GOLANGCI_LINT) fmt --diff

.PHONY: vet
vet:
	$(GO) vet ./...

.PHONY: tidy
tidy:
	$(GO) mod verify
	@for dir in . $(NESTED); do (cd $$dir && $(GO) mod tidy -diff) || exit 1; done

.PHONY: nested
nested: $(if $(NPM),$(NPM_PACKAGES),no-npm)
	@for dir in $(NESTED); do (cd $$dir && $(GO) vet ./...) || exit 1; done
	@for dir in $(filter-out browser,$(NESTED)); do (cd $$dir && $(GO) test ./...) || exit 1; done

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^## /{printf "\n%s\n", substr($$0, 4)} /^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

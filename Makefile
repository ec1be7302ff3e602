# Everything needs nothing but Go and make. `make help` lists what there is.

GO          ?= go
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

# A folder of plugins/ with Go files is an adapter, but for the embedding package and the simulators' common part.
ADAPTERS := $(filter-out dist simkit,$(patsubst plugins/%/,%,$(sort $(dir $(wildcard plugins/*/*.go)))))
MODULES  := $(ADAPTERS:%=plugins/dist/%.wasm)
WASM     := GOOS=wasip1 GOARCH=wasm CGO_ENABLED=0

.DEFAULT_GOAL := build
.DELETE_ON_ERROR:
.SECONDEXPANSION:
.PHONY: help plugins examples build release docs run demo test model crash torture attack bench-sandbox bench-console bench-delivery bench-outbox race lint clean
.PHONY: bench-e2e bench-scale soak

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

plugins: $(MODULES) ## compile the built-in adapters to plugins/dist/*.wasm

# No version control stamp: the module's bytes, and so its digest, change with its source only. The folders are listed because a removed
# file changes nothing but its folder.
plugins/dist/%.wasm: $$(filter-out %_test.go %.md,$$(wildcard plugins/$$*/*.*)) plugins/$$* $$(filter-out %_test.go,$$(wildcard sdk/*.go)) sdk go.mod Makefile
	$(WASM) $(GO) build -buildmode=c-shared -buildvcs=false -trimpath -ldflags="-s -w" -o $@ ./plugins/$*
	@touch $@

# The examples that a foreign toolchain builds are kept in the repository with the digests of their sources; a test says when they are old.
ASC := sdk/assemblyscript/node_modules

examples: ## build the example adapters in C and AssemblyScript anew (needs clang, wasm-ld, node and npm)
	@missing=; for tool in clang wasm-ld node npm; do command -v $$tool >/dev/null || missing="$$missing $$tool"; done; \
	if [ -n "$$missing" ]; then echo "missing:$$missing. For C: apt-get install clang lld. For AssemblyScript: node 20 or later with npm"; exit 1; fi
	@[ -d $(ASC) ] || npm ci --prefix sdk/assemblyscript --no-audit --no-fund
	$(GO) test -count=1 -run '^TestBuiltModules$$' ./sdk/examples -examples.write

build: plugins ## build bin/pollwright with the adapters embedded (the default)
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags="-s -w" -o bin/pollwright .

# Binaries of a release carry nothing of the machine that builds them: the same commit and Go version make the same bytes anywhere.
PLATFORMS ?= linux/amd64 linux/arm64 darwin/amd64 darwin/arm64
VERSION   ?= $(shell git describe --tags --always --dirty)

release: plugins ## build static binaries for all platforms into release/, with their SHA-256 digests (PLATFORMS=linux/arm64 VERSION=v1.2.3)
	@rm -rf release && mkdir release
	@set -e; for p in $(PLATFORMS); do \
		file=release/pollwright_$(VERSION)_$${p%/*}_$${p#*/}; echo "$$file"; \
		CGO_ENABLED=0 GOOS=$${p%/*} GOARCH=$${p#*/} GOAMD64=v1 GOARM64=v8.0 GOFLAGS= $(GO) build -buildvcs=true -trimpath -ldflags="-s -w -buildid=" -o $$file .; \
	done
	@cd release && if command -v sha256sum >/dev/null; then sha256sum pollwright_*; else shasum -a 256 pollwright_*; fi > SHA256SUMS && cat SHA256SUMS

docs: ## write docs/configuration.md from the settings that the program has
	$(GO) test -count=1 -run '^TestConfigurationPage$$' ./server/command -configuration.write

run: build ## build and start the server on 127.0.0.1:8080
	bin/pollwright serve

demo: build ## build and watch records of two simulated providers arrive as events
	bin/pollwright demo

test: plugins ## run all tests
	$(GO) test -shuffle=on -timeout 30m ./...

# The long run of the model test: how many records, and its first seed (0 = a random one), which is that of `crash`, too.
RECORDS ?= 1000000
SEED    ?= 0

model: ## play a million records against the detection's model (RECORDS=n SEED=n; MUTANTS=1 breaks its rules, each must be noticed)
ifdef MUTANTS
	$(GO) test -count=1 -timeout 60m -tags mutants -run '^TestMutants$$' -v ./engine/model -model.mutants -model.seed=$(SEED)
	$(GO) test -count=1 -tags mutants -run '^TestOneScanDeletes' -v ./engine/change
else
	$(GO) test -count=1 -timeout 60m -run '^TestModelAtLength$$' -v ./engine/model -model.records=$(RECORDS) -model.seed=$(SEED)
endif

# How often `crash` kills the server.
KILLS ?= 200

crash: ## kill the server at named moments, and hold what arrived against what the providers did (KILLS=n SEED=n)
	$(GO) test -count=1 -timeout 0 -run '^TestLedger$$' -v ./server/crash -crash.kills=$(KILLS) -crash.seed=$(SEED)

# How often `torture` resets an adapter's memory.
RESETS ?= 20000

torture: ## use boxes of an adapter again and again, after calls that crash, hang and are killed (RESETS=n)
	$(GO) test -count=1 -timeout 60m -run '^TestTorture$$' -v ./engine/plugin -torture.resets=$(RESETS)

# How many rounds `attack` and `bench-sandbox` measure, in turns.
TURNS ?= 5
ONLY  ?=

attack: ## have adapters do their worst, and see that each is stopped and the others hardly notice (TURNS=n ONLY=part-of-a-name)
	$(GO) test -count=1 -timeout 60m -run '^TestAttacks$$' -v ./engine/plugin -attack.rounds=$(TURNS) -attack.only='$(ONLY)'

bench-sandbox: plugins ## measure what running an adapter in its sandbox costs, beside the same natively (TURNS=n)
	$(GO) test -count=1 -timeout 60m -run '^TestFigures$$' -v ./engine/plugin -figures.rounds=$(TURNS)
	$(GO) test -count=1 -timeout 60m -run '^$$' -bench . -benchmem ./engine/plugin

# Among how many instances bench-console asks for pages.
INSTANCES ?= 200

bench-console: plugins ## measure what each page of the console takes (INSTANCES=n)
	$(GO) test -count=1 -timeout 60m -run '^TestConsoleFigures$$' -v ./server/command -console.figures=$(INSTANCES)

# How many rounds the sender and the yardstick take turns.
ROUNDS ?= 5

bench-delivery: ## measure delivery beside a trivial sender without durability (ROUNDS=n)
	$(GO) test -count=1 -timeout 60m -run '^TestBenchDelivery$$' -v ./engine/deliver/benchmark -deliver.rounds=$(ROUNDS)

# Where the server's profiles go; then it is the test's binary. "" = none.
PROFILE ?=

bench-e2e: build ## measure the whole server, from a provider's answer to a callback, beside a pipe without durability (ROUNDS=n PROFILE=folder ONLY=idle, busy, flooded or latency)
	$(GO) test -count=1 -timeout 60m -run '^TestBenchEndToEnd$$' -v ./server/benchmark -bench.rounds=$(ROUNDS) -bench.binary=$(CURDIR)/bin/pollwright -bench.profile=$(PROFILE) -bench.only='$(ONLY)'

# Numbers of instances, and where their folders are made; a million takes 5 GB.
SCALE ?= 1000,100000
DIR   ?=

bench-scale: build ## measure a server with many instances that are mostly idle (SCALE=1000,1000000 DIR=folder)
	$(GO) test -count=1 -timeout 0 -run '^TestBenchScale$$' -v ./server/benchmark -bench.scale=$(SCALE) -bench.dir=$(DIR) -bench.binary=$(CURDIR)/bin/pollwright

soak: build ## see whether a loaded server stays as it is while instances come and go (FOR=30m)
	$(GO) test -count=1 -timeout 0 -run '^TestSoak$$' -v ./server/benchmark -bench.for=$(FOR) -bench.binary=$(CURDIR)/bin/pollwright

# How long the outbox is filled and drained, and how many events a second (0 = as fast as it goes).
FOR  ?= 10m
RATE ?= 5000

bench-outbox: ## see whether the outbox stays fast and small over minutes (FOR=10m RATE=n events a second)
	$(GO) test -count=1 -timeout 0 -run '^TestBenchOutbox$$' -v ./engine/deliver/benchmark -deliver.for=$(FOR) -deliver.rate=$(RATE)

race: plugins ## run the engine's tests under the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race -shuffle=on -timeout 40m ./engine/...

lint: ## check format, go vet (the host's and the adapters' code) and staticcheck
	@bad="$$(gofmt -l .)"; if [ -n "$$bad" ]; then echo "not formatted; run gofmt -w on:"; echo "$$bad"; exit 1; fi
	$(GO) vet ./...
	@set -e; for p in sdk $(ADAPTERS:%=plugins/%); do echo "vet $$p for the sandbox"; $(WASM) $(GO) vet $$($(WASM) $(GO) list -f '{{range .GoFiles}}{{$$.Dir}}/{{.}} {{end}}' ./$$p); done
	$(GO) run $(STATICCHECK) ./...

clean: ## remove what was built
	rm -rf bin release plugins/dist/*.wasm

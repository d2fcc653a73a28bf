# Two commands do everything: `make demo` shows it, `make test` checks it.
PYTHON ?= python3
BIN := .venv/bin
DEMO := demo
CELLS := 2000
SEED := 0

.PHONY: help setup setup-dev demo china-table test lint types contracts docs unit clean

help:
	@echo "make setup   make .venv ready"
	@echo "make demo    simulate, build, train, evaluate, report: see $(DEMO)/report.html"
	@echo "make china-table DATA=FOLDER/china-counties    the county columns of MobCLIP's Table 2"
	@echo "make test    lint, types, import contracts, documentation, tests"

setup: .venv/.ready

setup-dev: .venv/.ready-dev

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "placeprint needs Python 3.11 or newer; say which: make setup PYTHON=python3.12")'
	$(PYTHON) -m venv .venv

.venv/.ready: .venv/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[text,vision,excel,osm,serve,tiles,onnx]'
	@touch $@

.venv/.ready-dev: .venv/.ready
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev]'
	@touch $@

demo: setup
	rm -rf $(DEMO)
	$(BIN)/placeprint simulate $(DEMO)/raw --cells $(CELLS) --seed $(SEED)
	$(BIN)/placeprint build $(DEMO)/raw/recipe.yaml --data $(DEMO)/raw --out $(DEMO)/atlas
	$(BIN)/placeprint train $(DEMO)/atlas --out $(DEMO)/run
	$(BIN)/placeprint evaluate $(DEMO)/run
	$(BIN)/placeprint report $(DEMO)/run --out $(DEMO)/report.html

china-table: setup
	@test -n "$(DATA)" || { echo "say where the data are: make china-table DATA=FOLDER/china-counties"; exit 2; }
	$(BIN)/python -m pip install --quiet --no-deps 'geoclip>=1.2'
	$(BIN)/python -m benchmarks.china_table $(DATA) --out china-table

test: lint types contracts docs unit

lint: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup-dev
	$(BIN)/mypy

contracts: setup-dev
	$(BIN)/lint-imports

docs: setup-dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

unit: setup-dev
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 -q

clean:
	rm -rf .venv $(DEMO) site build

# Every target sets up what it needs: an environment of its own, from Python 3.11, 3.12 or 3.13.
PYTHON ?= $(shell for python in python python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$python && break; done)
# The command of a version such as 3.13: of pyenv's, only the versions that are switched on can be called by their name.
python = $(shell for python in python$(1) $$(pyenv root 2>/dev/null)/versions/$(1).*/bin/python; do \
	$$python -c '' 2>/dev/null && echo $$python && break; done)
VENV ?= .venv
BIN = $(VENV)/bin
# The tests that run on the versions of the matrix.
TESTS = tests
MATRIX = $(foreach version,3.11 3.12 3.13,test-$(version)-oldest test-$(version)-newest)

# Each worker begins at a place of its own, so that tests that share a fit or a compiled program mostly run in one.
PYTEST = -m pytest --numprocesses auto --dist worksteal
# Each core has a worker already, and matrices are small.
test test-all $(MATRIX) docs gallery-check: export OPENBLAS_NUM_THREADS = 1

.PHONY: setup demo test test-all test-matrix $(MATRIX) test-clients bench bench-outliers docs docs-check gallery-check lint dist clean

setup: $(VENV)/installed  ## An environment for work on the package

demo: $(VENV)/installed  ## The main job on real data: two errors, and demo.png
	MPLBACKEND=agg $(BIN)/python -c "import runpy; runpy.run_path('examples/instead_of_pca.py'); \
		from matplotlib import pyplot; pyplot.savefig('demo.png')"

test: $(VENV)/installed  ## All tests but the slow ones, doctests and README
	$(BIN)/python $(PYTEST) -m "not slow"

test-all: $(VENV)/installed  ## The slow tests too, before a release
	$(BIN)/python $(PYTEST)

test-matrix: $(MATRIX)  ## All but the slow tests on every Python, with the oldest and the newest dependencies

$(MATRIX): test-%: .venv-%/installed
	.venv-$*/bin/python $(PYTEST) -m "not slow" $(TESTS)

test-clients: .venv-clients/installed  ## Beside optuna, mlflow, dask and others, at their newest versions
	.venv-clients/bin/python -m pytest tests/clients

bench: .venv-bench/installed  ## Speed and memory against the peers, into benchmarks/RESULTS.md; FLAGS=--quick for minutes
	.venv-bench/bin/python benchmarks/speed.py --results benchmarks/RESULTS.md $(FLAGS)

bench-outliers: .venv-bench/installed  ## Outlier detectors, into benchmarks/OUTLIERS.md; ADBENCH=folder of its .npz tables
	mkdir -p build
	OMP_NUM_THREADS=1 TF_NUM_INTRAOP_THREADS=1 .venv-bench/bin/python benchmarks/outliers.py --data-dir $(ADBENCH) \
		--cases build/outliers.csv --results benchmarks/OUTLIERS.md

docs: .venv-docs/installed  ## The site, offline, into build/docs
	.venv-docs/bin/python -m sphinx --fail-on-warning --keep-going docs build/docs
	@echo "Open build/docs/index.html"

docs-check: docs  ## Fails if something on the site is wider than the page; needs Chromium
	.venv-docs/bin/python docs/check_widths.py

gallery-check: $(VENV)/installed  ## Each example runs alone in an empty folder
	$(BIN)/python -m pytest tests/project/test_examples.py

lint: $(VENV)/installed  ## Style, spelling, and words to avoid
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell --dictionary=- --dictionary=docs/words.txt

dist: .venv-dist/installed  ## Checked files of a release; the wheel is installed and used
	rm -rf dist .venv-wheel
	.venv-dist/bin/python -m build
	.venv-dist/bin/twine check --strict dist/*
	$(PYTHON) -m venv .venv-wheel
	.venv-wheel/bin/python -m pip install --quiet dist/*.whl
	cd dist && ../.venv-wheel/bin/python -c "from skautoencoder import AutoencoderTransformer as A; \
		print(A(1, epochs=1).fit_transform([[1, 2], [2, 1], [0, 3]]).shape)"

# Set up the environment of a target, which says what to install, from which Python if that is another, and a note.
define environment
	$(if $(PYTHON),,$(error $@ needs Python 3.11, 3.12 or 3.13, or the very version that its name says))
	@echo "$(@D): installing $(INSTALL)$(NOTE)"
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet $(INSTALL)
	touch $@
endef

.venv/installed: INSTALL = --editable ".[dev]"
.venv/installed: pyproject.toml
	$(environment)

.venv-%-newest/installed: INSTALL = --editable ".[dev]"
.venv-%-newest/installed: PYTHON = $(call python,$*)
.venv-%-newest/installed: pyproject.toml
	$(environment)

.venv-%-oldest/installed: INSTALL = --requirement tests/oldest-requirements.txt --editable ".[test]"
.venv-%-oldest/installed: PYTHON = $(call python,$*)
.venv-%-oldest/installed: pyproject.toml tests/oldest-requirements.txt
	$(environment)

.venv-clients/installed: INSTALL = --editable ".[test,clients]"
.venv-clients/installed: pyproject.toml
	$(environment)

.venv-docs/installed: INSTALL = --editable ".[docs]"
.venv-docs/installed: pyproject.toml
	$(environment)

.venv-dist/installed: INSTALL = build twine
.venv-dist/installed: pyproject.toml
	$(environment)

.venv-bench/installed: INSTALL = --requirement benchmarks/requirements.txt --editable .
.venv-bench/installed: NOTE = : torch, JAX, SciKeras and pyod, some gigabytes
.venv-bench/installed: pyproject.toml benchmarks/requirements.txt
	$(environment)

clean:
	rm -rf .venv .venv-* .pytest_cache .ruff_cache demo.png build dist docs/generated docs/auto_examples

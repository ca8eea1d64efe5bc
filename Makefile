# Every target sets up what it needs: an environment of its own in .venv, from Python 3.11, 3.12 or 3.13.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$python && break; done)
BIN = .venv/bin
OLDEST = .venv-oldest/bin

.PHONY: demo test test-oldest test-clients bench lint clean

demo: .venv/installed  ## The main job on real data: a table, a grid search, demo.png
	$(BIN)/python examples/swap_pca.py --picture demo.png

test: .venv/installed  ## All tests, doctests and README
	$(BIN)/python -m pytest --numprocesses auto

test-oldest: .venv-oldest/installed  ## All but the slow tests on the oldest supported versions
	$(OLDEST)/python -m pytest --numprocesses auto -m "not slow" tests

test-clients: .venv-clients/installed  ## Beside optuna, mlflow, dask and others, at their newest versions
	.venv-clients/bin/python -m pytest tests/clients

bench: .venv-bench/installed  ## Speed and memory against the peers, into benchmarks/RESULTS.md; FLAGS=--quick for minutes
	.venv-bench/bin/python benchmarks/speed.py --results benchmarks/RESULTS.md $(FLAGS)

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.venv/installed: pyproject.toml
	$(if $(PYTHON),,$(error Python 3.11, 3.12 or 3.13 is needed))
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	touch $@

.venv-oldest/installed: pyproject.toml tests/oldest-requirements.txt
	$(if $(PYTHON),,$(error Python 3.11, 3.12 or 3.13 is needed))
	$(PYTHON) -m venv .venv-oldest
	$(OLDEST)/python -m pip install --quiet --requirement tests/oldest-requirements.txt --editable ".[test]"
	touch $@

.venv-clients/installed: pyproject.toml
	$(if $(PYTHON),,$(error Python 3.11, 3.12 or 3.13 is needed))
	$(PYTHON) -m venv .venv-clients
	.venv-clients/bin/python -m pip install --quiet --editable ".[test,clients]"
	touch $@

.venv-bench/installed: pyproject.toml benchmarks/requirements.txt
	$(if $(PYTHON),,$(error Python 3.11, 3.12 or 3.13 is needed))
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --requirement benchmarks/requirements.txt --editable .
	touch $@

clean:
	rm -rf .venv .venv-oldest .venv-clients .venv-bench .pytest_cache .ruff_cache demo.png

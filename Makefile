PYTHON ?= python3
NOTEBOOK ?=
SCRIPT ?=

ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
else
BIN := .venv/bin
endif
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help setup data run test accept lab bench train-gans format clean

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/:/' | sed -E 's|^([a-z-]+): *|\1\t|' | awk -F'\t' '{printf "make %-10s %s\n", $$1, $$2}'

.venv/ready-to-run: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version.split()[0]; sys.exit(None if sys.version_info >= (3, 10) else f"Python 3.10 or newer is needed; {sys.executable} is {v}. Name another: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	@echo "Installing TensorFlow, Jupyter and the rest into .venv: some 700 MB, one to three minutes ..."
	$(PIP) -r requirements.txt
	@touch $@

.venv/ready-to-test: .venv/ready-to-run requirements-dev.txt
	$(PIP) -r requirements-dev.txt
	@touch $@

setup: .venv/ready-to-run .venv/ready-to-test  ## environment in .venv with everything to run and to test

data: .venv/ready-to-run  ## data sets, network weights and captioned scenes, see datasets/README.md
	@sh get_datasets.sh
	@$(BIN)/python -m cs231n.scenes

run: data  ## all notebooks, executed into build/ with pages to look at (one: NOTEBOOK=NetworkVisualization)
	@$(BIN)/python -m tools.run_notebooks $(NOTEBOOK)

test: setup data  ## style, unit tests, and every notebook against its stored outputs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m pytest
	$(BIN)/python -m pytest --nbval --nbval-current-env --nbval-cell-timeout 600 --nbval-sanitize-with tests/nbval.cfg notebooks

accept: data  ## all notebooks, executed and their new outputs stored in notebooks/ (one: NOTEBOOK=NetworkVisualization)
	@$(BIN)/python -m tools.run_notebooks --accept $(NOTEBOOK)

lab: data  ## JupyterLab on notebooks/
	$(BIN)/jupyter lab --notebook-dir notebooks

bench: data  ## speed beside PyTorch, as ratios (one: SCRIPT=network_visualization)
	$(PIP) -r requirements-torch.txt
	@for script in $(if $(SCRIPT),benchmarks/$(SCRIPT).py,$(filter-out %/torch_peer.py,$(wildcard benchmarks/*.py))); do echo "$$script"; $(BIN)/python $$script || exit 1; done

train-gans: data  ## generators of cs231n/trained_gans anew, half an hour or more; goes on where it was interrupted
	@$(BIN)/python -m tools.train_gans

format: .venv/ready-to-test  ## code in house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:  ## forget build/ and the environment, keep the data
	rm -rf build .venv *.egg-info .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

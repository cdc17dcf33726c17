# Empty: the first Python that works, see tools/environment.sh. Another: make PYTHON=python3.12
PYTHON ?=
NOTEBOOK ?=
SCRIPT ?=
QUICK ?=
SUBMISSIONS ?=
# For test-oldest; python3.10 where there is one.
PYTHON_OLDEST ?= $(BIN)/python

ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
else
BIN := .venv/bin
endif
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# A notebook's cells against its stored outputs, see docs/regression.md.
REGRESS := -m pytest --regression --nbval-current-env --nbval-cell-timeout 600

# Two processes share the work; in the unit tests each leaves the other processor to the other. They share it by files, so
# that what the tests of a file need together (a site, graded submissions) is made once.
SIDE_BY_SIDE := --numprocesses 2
ONE_THREAD := OMP_NUM_THREADS=1 TF_NUM_INTRAOP_THREADS=1

# Tests of the regression plugin that start pytest with notebooks, many seconds each.
PLUGIN_END_TO_END := $(addprefix notebook_regression/tests/,test_lessons.py test_running.py test_tour.py)
UNITS := $(ONE_THREAD) $(BIN)/python -m pytest $(SIDE_BY_SIDE)

# Its argument is the environment; its packages are shown, for a report of what failed on what.
define test_versions
$(1)/$(notdir $(BIN))/python -m pip install --quiet --disable-pip-version-check -r $(1)/requirements.txt --editable . --editable ./notebook_regression
$(1)/$(notdir $(BIN))/python -m pip freeze --exclude-editable
$(1)/$(notdir $(BIN))/python -m pytest
$(1)/$(notdir $(BIN))/python $(REGRESS) notebooks
endef

.DEFAULT_GOAL := help
.PHONY: help environment setup data run test regress accept test-newest test-oldest lab student slides site grade bench train-gans format clean

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/:/' | sed -E 's|^([a-z-]+): *|\1\t|' | awk -F'\t' '{printf "make %-11s %s\n", $$1, $$2}'

environment:
	@PYTHON="$(PYTHON)" sh tools/environment.sh requirements.txt

setup: environment  ## environment in .venv with everything to run and to test
	@PYTHON="$(PYTHON)" sh tools/environment.sh requirements-dev.txt requirements-classroom.txt

data: environment  ## data sets, network weights and captioned scenes, see datasets/README.md
	@sh get_datasets.sh
	@$(BIN)/python -m cs231n.scenes

run: environment  ## all notebooks, executed into build/ with pages to look at (one: NOTEBOOK=NetworkVisualization)
	@sh get_datasets.sh
	@$(BIN)/python -m tools.run_notebooks $(if $(filter command,$(origin BUILD)),--build "$(BUILD)") $(NOTEBOOK)

test: setup data  ## style, unit tests, and the quick part of every notebook against its stored outputs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(UNITS) --dist loadfile $(PLUGIN_END_TO_END:%=--ignore=%)
	$(BIN)/python $(REGRESS) --regression-quick $(SIDE_BY_SIDE) --dist loadfile notebooks

regress: setup data  ## the regression plugin from end to end, then all that the notebooks show against what they store (part of each: QUICK=1)
	$(if $(QUICK)$(NOTEBOOK),,$(UNITS) --dist worksteal $(PLUGIN_END_TO_END))
	$(BIN)/python $(REGRESS) $(if $(QUICK),--regression-quick) $(if $(NOTEBOOK),$(firstword $(wildcard notebooks/$(NOTEBOOK).ipynb notebooks/beyond/$(NOTEBOOK).ipynb) notebooks/$(NOTEBOOK).ipynb),notebooks)

accept: setup data  ## all notebooks, executed and their new outputs stored in notebooks/ (one: NOTEBOOK=NetworkVisualization)
	@$(BIN)/python -m tools.run_notebooks --accept $(NOTEBOOK)

test-newest: data  ## unit tests and notebooks on the newest versions of everything, in .venv-newest
	$(BIN)/python -m venv --clear .venv-newest
	$(BIN)/python -m tools.versions newest > .venv-newest/requirements.txt
	$(call test_versions,.venv-newest)

test-oldest: data  ## the same on the oldest versions that pyproject.toml promises, in .venv-oldest
	$(PYTHON_OLDEST) -m venv --clear .venv-oldest
	$(BIN)/python -m tools.versions oldest > .venv-oldest/requirements.txt
	$(call test_versions,.venv-oldest)

lab: data  ## JupyterLab on notebooks/
	$(BIN)/python -m jupyterlab --notebook-dir notebooks

student: environment  ## student edition without solutions, in build/student/ and build/student.zip
	@$(BIN)/python -m classroom.student

slides: setup  ## a deck of slides for each notebook, in build/slides/ (one: NOTEBOOK=GANs)
	@$(BIN)/python -m classroom.slides $(NOTEBOOK)

grade: setup  ## points for every submission in a folder (SUBMISSIONS=folder), in build/grades/
	@$(BIN)/python -m classroom.grading $(or $(SUBMISSIONS),$(error Name the folder: make grade SUBMISSIONS=folder)) --csv build/grades/scores.csv

site: setup  ## a static site of notebooks, figures to play with, and docstrings, in build/site/
	@$(BIN)/python -m classroom.site

bench: data  ## speed beside PyTorch, as ratios (one: SCRIPT=network_visualization)
	$(PIP) -r requirements-torch.txt
	@for script in $(if $(SCRIPT),benchmarks/$(SCRIPT).py,$(filter-out benchmarks/torch_% benchmarks/peer_process.py benchmarks/tensorflow_setup.py,$(wildcard benchmarks/*.py))); do echo "$$script"; $(BIN)/python $$script || exit 1; done

train-gans: data  ## generators of cs231n/gan/trained_generators anew, half an hour or more; goes on where it was interrupted
	@$(BIN)/python -m tools.train_gans

format: setup  ## code in house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:  ## forget build/ and the environment, keep the data
	rm -rf build .venv .venv-newest .venv-oldest *.egg-info .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

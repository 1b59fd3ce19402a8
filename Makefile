# make lab opens the lectures, make test checks everything; make help lists the rest.

PORT ?= 8888
# TORCH=cpu, TORCH=cuda (PyPI's build) or TORCH=/path/to/torch-....whl overrules the choice that set_up.py makes;
# NEED_GB=n asks for n GB of free disk; LAB_FLAGS go to JupyterLab, LOCK_FLAGS to tools/lock.py.
SET_UP = --torch '$(TORCH)' $(if $(NEED_GB),--need-gb '$(NEED_GB)')
ROOT_FLAG = $(if $(filter 0,$(shell id -u)),--allow-root)
# Errors and the address only, and no warning about plain text between JupyterLab and its kernels: it is encrypted.
QUIET = --log-level=ERROR --LabApp.log_level=ERROR --KernelManager.transport_encryption=auto

# The first Python that is new enough: a computer often has several, and python3 may be an old one.
NEW_ENOUGH = import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(or $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c '$(NEW_ENOUGH)' >/dev/null 2>&1 && echo $$python && break; done),python3)
# What needs no torch is tested alone, on any Python: these tests, with these packages.
PART = tests/test_light.py tests/games tests/exact tests/fitting/test_reasons.py \
	tests/plots/test_plots_failures.py tests/plots/test_plots_families.py tests/plots/test_plots_prices.py \
	tests/plots/test_plots_scenes.py tests/widgets/test_graph_widget.py tests/widgets/test_igm_widgets.py \
	tests/widgets/test_partner.py tests/widgets/test_reward_table.py
PART_NEEDS = numpy scipy matplotlib ipywidgets anywidget mistune tqdm filelock psutil z3-solver pytest pytest-xdist hypothesis nbval imageio-ffmpeg
NOTEBOOKS = $(sort $(wildcard notebooks/*.ipynb solutions/*.ipynb))

# Kernels and packages are those of .venv, whatever else is installed.
export JUPYTER_PREFER_ENV_PATH = 1
unexport JUPYTER_PATH PYTHONPATH

.PHONY: help lab venv test test-learning part notebooks widgets site slides rehearse exercises kit lock python
help:  ## list the targets (the default)
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' Makefile

lab: python  ## set up if needed, then open JupyterLab on the laboratory; make lab PORT=8899 for another port
	@$(PYTHON) tools/set_up.py $(SET_UP) --port '$(PORT)'
	@.venv/bin/python tools/trust.py
	@echo "JupyterLab starts; where no browser opens, use an address below. Control-C twice, here, stops it."
	@.venv/bin/python -m jupyterlab --port $(PORT) --ServerApp.port_retries=0 $(ROOT_FLAG) \
		--LabApp.default_url=/lab/tree/notebooks/00-start-here.ipynb $(QUIET) $(LAB_FLAGS)

venv: python  ## only set up: .venv with everything that lock.txt pins
	@$(PYTHON) tools/set_up.py $(SET_UP)

test: venv  ## ruff, pytest, the lectures in a browser, every stored output of every notebook
	@.venv/bin/python tools/check.py ruff tests browser notebooks

test-learning: venv  ## the tests that train for minutes
	@.venv/bin/python tools/check.py learning

part: python  ## the tests that need no torch, in build/part: make part PYTHON=python3.13 for another Python
	@$(PYTHON) -m venv --clear build/part
	@build/part/bin/pip install --quiet --disable-pip-version-check --constraint lock.txt $(PART_NEEDS)
	@build/part/bin/python -m pytest -n auto --maxprocesses 4 --dist loadfile --max-worker-restart 0 $(PART)

notebooks: venv  ## run the stored notebooks again and keep their new outputs
	@.venv/bin/python tools/run_notebooks.py $(NOTEBOOKS)

widgets: venv  ## run again only the cells of stored notebooks that show widgets
	@.venv/bin/python tools/run_notebooks.py --widgets $(NOTEBOOKS)

site: venv  ## the lectures as a website in build/site, to open as a file or to publish
	@.venv/bin/python tools/make_site.py

slides: venv  ## the lectures as slides with living widgets, and as PDFs, in build/slides; one alone: LECTURE=02
	@.venv/bin/python tools/make_slides.py $(LECTURE)

rehearse: venv  ## run a lecture as in the hall, offline, and name the cells that keep it waiting: LECTURE=02
	@.venv/bin/python tools/rehearse.py $(LECTURE)

exercises: venv  ## write the students' notebooks from the instructors' in solutions
	@.venv/bin/python tools/make_exercises.py

kit: venv  ## run sheets, printed pages and quizzes for instructors in build/kit; make kit SEED=7 for another class
	@.venv/bin/python tools/make_kit.py $(if $(SEED),--seed '$(SEED)')

lock: python  ## write lock.txt for pyproject.toml; make lock LOCK_FLAGS=--upgrade for the newest versions
	@$(PYTHON) tools/lock.py $(LOCK_FLAGS)

python:
	@$(PYTHON) -c '$(NEW_ENOUGH)' 2>/dev/null || { \
		echo "Python 3.11 or newer is needed, but $(PYTHON) is $$($(PYTHON) --version 2>/dev/null || echo missing)." \
		"Install one from python.org, or name one: make lab PYTHON=/path/to/python3.12" >&2; exit 1; }

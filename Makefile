# `make` alone lists what there is. All tools come from `make setup`: nothing else has to be installed but
# Python 3.11 or later with venv, Go, git, make, curl and openssl.

SHELL := /bin/bash
PYTHON ?= python3
WORKERS ?= 2
# Tests on labs wait as much as they compute. Each worker has a lab of 0.6 GB.
LAB_WORKERS ?= 5
# Tests run in an order that a number gives: the one that a failed run has printed gives its order again.
SEED ?= $(shell date +%s)
export SEED := $(SEED)
PYTEST := pytest -q --randomly-seed=$(SEED)
# Which kills are tried is chosen by the commit.
SAMPLE ?= $(shell git rev-parse HEAD 2>/dev/null || echo none)

# The virtual environment comes first: the Python language host of pulumi takes the first python on PATH.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
# Else the credential chain asks the ECS metadata address, and nothing here leaves this machine.
export ALIBABA_CLOUD_ECS_METADATA_DISABLED := true
# Containers often set it. Each of the thousand processes that are started here would compile all of this project again.
unexport PYTHONDONTWRITEBYTECODE

# $(call stage,NAME,COMMAND): run a command between two lines that say what it is and how long it took.
define stage
@echo "==> $(1)"; SECONDS=0; $(2); code=$$?; \
if [ $$code = 0 ]; then echo "<== $(1): fine after $$SECONDS s"; \
else echo "<== $(1): FAILED after $$SECONDS s (exit code $$code)"; fi; exit $$code
endef

# The longest first.
CHECKS := check-first check-second check-rest check-model check-types check-style check-format check-imports

.DEFAULT_GOAL := help
.PHONY: help setup setup-lab programs programs-lab check test test-labs test-lab test-stack test-faults test-check test-beside test-sample test-killed test-engines test-demo test-clients lab lab-down demo demo-down rehearsal bench requirements docs clean $(CHECKS)

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# Of nothing that is missing is a word said on the way to something else.
QUIET := $(if $(filter setup programs,$(MAKECMDGOALS)),,--quiet)

# $(call provide,PROGRAMS,STAMP): builds programs and installs packages at once, since pip waits for a network and has one
# core. Who lacks Go should hear it before pip runs.
define provide
@$(PYTHON) -m tools.toolchain --able $(1)
@$(MAKE) --no-print-directory --jobs 2 QUIET=$(QUIET) programs$(1:%=-%) $(2)
endef

setup: ## Provide pulumi, kube-apiserver, etcd, caddy, zlint, actionlint, s3-server, and the virtual environment
	$(call provide,,.venv/installed)

# As much of it as lab and demo run.
setup-lab:
	$(call provide,lab,.venv/installed-lab)

programs:
	@$(PYTHON) -m tools.toolchain $(QUIET)

programs-lab:
	@$(PYTHON) -m tools.toolchain $(QUIET) lab

PIP_INSTALL := .venv/bin/python -m pip install --disable-pip-version-check --no-input --require-hashes

# $(call install,FILE): the packages of a file, into .venv.
define install
@.venv/bin/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
@$(PIP_INSTALL) --quiet -r requirements-build.txt
@$(PYTHON) -m tools.toolchain.running "Python packages" $(PIP_INSTALL) --progress-bar off --no-build-isolation -r $(1)
endef

# Touched when all is installed: what failed or was interrupted is gone on with.
.venv/installed: requirements-build.txt requirements-dev.txt .venv/bin/python
	$(call install,requirements-dev.txt)
	@touch .venv/installed-lab $@

.venv/installed-lab: requirements-build.txt requirements-lab.txt .venv/bin/python
	$(call install,requirements-lab.txt)
	@touch $@

# Without a recipe: where it is missing, make takes it for new, and the environment is made again.
.venv/bin/python:

check: setup ## Lint, types, imports and unit tests, side by side; about a minute (a tenth of all examples; THOROUGH=all takes all)
	@SECONDS=0; MAKEFLAGS= $(MAKE) --no-print-directory --jobs 4 --keep-going --output-sync=target $(CHECKS) \
	&& echo "All checks are fine after $$SECONDS s"

check-style:
	$(call stage,ruff check,ruff check)

check-format:
	$(call stage,ruff format,ruff format --check)

# A new clone takes over what mypy knows of sources that are the same: half a minute of a processor.
check-types: export MYPY_CACHE_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/alb-mtls/mypy
check-types:
	$(call stage,mypy,mypy)

check-imports:
	$(call stage,import-linter,lint-imports --no-cache)

# The unit tests in three parts, the first two by their folders. Workers of one pytest would each collect all of them,
# and report each to another process.
FIRST := configuration docs listeners ops
SECOND := cluster components handshake pki
unit = $(call stage,unit tests of $(1) with SEED=$(SEED),$(PYTEST) $(2))

check-first:
	$(call unit,$(FIRST),$(FIRST:%=tests/unit/%))

check-second:
	$(call unit,$(SECOND),$(SECOND:%=tests/unit/%))

check-rest:
	$(call unit,all else,tests/unit $(patsubst %,--ignore=tests/unit/%,$(FIRST) $(SECOND)))

# make test has all scopes, and the twins, which show that the model sees what it is made to see: as long as two parts
# of the unit tests together.
check-model:
	$(call stage,protocol model,$(PYTEST) $(if $(THOROUGH),--numprocesses 2 --dist worksteal tests/model,tests/model/test_protocol.py))

# What each run of pytest skips, for the last line.
LEFT_OUT := $(CURDIR)/.cache/left-out

test: export ALB_MTLS_LEFT_OUT := $(LEFT_OUT)
test: ## Everything that its last line does not name: setup, check, then the tests on labs and of stacks; as CI runs it
	@rm -f $(LEFT_OUT)
	$(call stage,setup,$(MAKE) --no-print-directory setup)
	@$(MAKE) --no-print-directory --jobs 2 test-check test-demo
	@$(MAKE) --no-print-directory --jobs 2 test-labs test-beside
	@python -m tests.helpers.left_out

test-check:
	$(call stage,check,THOROUGH=yes $(MAKE) --no-print-directory check)

# The dots of the longest stage show how far it is; the kills beside it are reported when they have ended.
test-beside:
	@$(MAKE) --no-print-directory --output-sync=target test-sample

# $(call on_labs,NAME,FOLDERS): tests of which a worker that has nothing left takes over what others have not begun.
on_labs = $(call stage,$(1) with SEED=$(SEED),$(PYTEST) --numprocesses $(LAB_WORKERS) --dist worksteal --durations 5 $(2))

test-labs: ## Both of the next two at once, as make test runs them
	$(call on_labs,tests on labs,tests/lab tests/clients tests/stack)

test-lab: ## The tests that start labs, and those with clients and servers that no one here wrote
	$(call on_labs,lab tests,tests/lab tests/clients)

test-stack: ## The tests that run the program with the real engine on a lab
	$(call on_labs,stack tests,tests/stack)

test-faults: setup ## Every fault in every API that the program calls, into docs/evidence/faults.md; 15 minutes
	$(call stage,faults,python -m tests.faults --report docs/evidence/faults.md)

test-sample: ## A few of the kills of test-killed, others with each commit
	$(call stage,sample of kills,python -m tests.crash --sample $(SAMPLE) --labs 2)

test-killed: setup ## Provider and CLI killed at every call of every operation, into docs/evidence/kills.md; an hour
	$(call stage,kills,python -m tests.crash --all --labs 5 --report docs/evidence/kills.md)

test-engines: setup ## The engine of test-killed against Pulumi's, operation by operation; 2 minutes
	$(call stage,engines,pytest -q --numprocesses 3 -m '' tests/stack/test_killed_engine.py)

test-demo: ## The demo, played and ended, with every claim it makes
	$(call stage,demo,python -m tools.demo test)

test-clients: setup ## Clients in Java, Node.js and Rust too, and docs/reference/clients.md; what has no tool is skipped, but not with CI=1
	$(call stage,clients,pytest -q --numprocesses $(WORKERS) -m '' tests/clients)

lab: setup-lab ## Start the lab and print the whole job, with Pulumi and by hand, to paste
	@python -m lab up --ports auto
	@python -m lab procedure

# 3: there is no lab, and the command has said so.
lab-down: ## End the lab; nothing of it is left
	@python -m lab down || test $$? = 3

demo: setup-lab ## The whole main job on the lab, step by step; under two minutes once set up
	@python -m tools.demo

demo-down: ## End the demo: destroy, then end the lab
	@python -m tools.demo down

rehearsal: setup ## How a team works with it: two environments, pull requests, GitOps, a renewal; REPORT=FILE keeps its report
	@python -m tools.rehearsal $(REPORT)

bench: setup ## Measure speed and memory on labs of its own, side by side, into docs/evidence/performance.md; about 25 minutes (BENCH='tests cold': what takes longer)
	@python -m tools.bench $(BENCH)

PIP_COMPILE := uv pip compile --quiet --generate-hashes --no-header --no-emit-index-url --python-version 3.11

requirements: setup ## Compile requirements*.txt, all pinned and hashed; UPGRADE=--upgrade takes the newest
	@set -e; for name in requirements requirements-lab requirements-dev requirements-audit requirements-build; do \
	$(PIP_COMPILE) $(UPGRADE) --output-file $$name.txt $$name.in; done

docs: setup ## Write the pages of docs/reference that come from the code: commands and messages
	@python -m tests.documents

clean: ## Remove the virtual environment and what linters and tests left (labs: make lab-down)
	rm -rf .venv .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.lab/*' -prune -exec rm -rf {} +

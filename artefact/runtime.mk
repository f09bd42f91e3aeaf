# What the functions run on, unless `make build PythonRuntime=… Architecture=…` says otherwise: the template's defaults.
PythonRuntime ?= python3.13
Architecture ?= arm64

ROOT := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))/..)

# An interpreter of a version that does run, the environment's, on PATH or of pyenv: $(call interpreter,3.13). Empty where
# there is none.
interpreter = $(firstword $(shell for each in $(ROOT)/.venv/bin/python$(1) python$(1) $${PYENV_ROOT:-$$HOME/.pyenv}/versions/$(1)*/bin/python$(1); \
	do "$$each" -c 'import sys; print(sys.executable)' 2>/dev/null; done))

# What the functions run on, unless `make build PythonRuntime=… Architecture=…` says otherwise: the template's defaults.
PythonRuntime ?= python3.13
Architecture ?= arm64

# An interpreter of a version, on PATH or of pyenv, that does run: $(call interpreter,3.13). Empty where there is none.
interpreter = $(firstword $(shell for each in python$(1) $${PYENV_ROOT:-$$HOME/.pyenv}/versions/$(1)*/bin/python$(1); do \
	"$$each" -c 'import sys; print(sys.executable)' 2>/dev/null; done))

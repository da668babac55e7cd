# libdescent. `make help` lists what can be made; CONTRIBUTING.md says more. The parts are in mk.

VERSION := 0.2.0
SONAME := libdescent.so.0
LIBRARY := build/lib/libdescent.so
SOURCES := Package.swift $(shell find -L Sources include -name '*.swift' -o -name '*.h' -o -name '*.c' -o -name '*.map')

CC ?= cc
CXX ?= c++
WARNINGS := -Wall -Wextra -pedantic -Werror
LINK := -Iinclude -Lbuild/lib -Wl,-rpath,$(abspath build/lib) -ldescent -lm
VENV := .venv
PYTHON := $(VENV)/bin/python
comma := ,

.PHONY: all help check test clean
# The targets below are in an order; each of them uses all processors.
.NOTPARALLEL:
.DEFAULT_GOAL := all

include mk/environment.mk mk/targets.mk mk/setup.mk mk/library.mk mk/install.mk mk/demo.mk mk/style.mk
include mk/test.mk mk/distributed.mk mk/fuzz.mk mk/memory.mk mk/old-cpu.mk mk/aarch64.mk mk/wasm.mk mk/promise.mk
include mk/wheels.mk mk/page.mk mk/torch.mk

all: $(or $(LIBRARY_$(TARGET)),$(error TARGET is aarch64-linux or wasm32, or is left out))

help:
	@echo 'make                 builds build/lib/libdescent.so; installs nothing'
	@echo 'make TARGET=...      builds build/TARGET for another processor: aarch64-linux or wasm32'
	@echo 'make page            build/page/index.html: a page to learn from, with the library as WebAssembly in it'
	@echo 'make wheels          build/wheels: the Python package for both processors'
	@echo 'make setup           installs what building and testing need, and shows how (Debian, Ubuntu)'
	@echo 'make check           builds it, and runs the quick tests in Swift, C and Python: under two minutes'
	@echo 'make test            everything: setup, check, and fuzzing, memory checkers, emulated processors, installations'
	@echo 'make test-distributed  several processes, by MPI and PyTorch'
	@echo 'make test-large      arrays of more than 2^32 bytes, where the memory is enough; not a part of make test'
	@echo 'make demo            trains classifiers with each optimizer on 60,000 images, and draws what happened; runs setup'
	@echo 'make demo-text       the same with sparse data: in which section is a Debian package?'
	@echo 'make benchmark       measures the speed against others'
	@echo 'make conformance     linear models with their defaults against scikit-learn: bindings/CONFORMANCE.md'
	@echo 'make low-precision   optimizers with state and weights in fewer bits, on real trainings: bindings/LOW_PRECISION.md'
	@echo 'make install         PREFIX=/usr/local: library, header, pkg-config and CMake files, Python package'
	@echo 'make uninstall       with the same variables'
	@echo 'make lint, format    the style of Swift and Python: checks it, mends it'
	@echo 'make abi, stubs      after a change of the header: its description, and the types for Python'
	@echo 'make clean           removes all that was built'
	@echo 'CONTRIBUTING.md has the single parts of the tests.'

# What needs no more than `make setup` has installed. Run that first: here nothing is installed.
check: check-swift test-c test-abi check-python
	@echo "the checks passed"

test: setup lint test-swift test-c test-abi test-python test-torch test-distributed test-threads test-install test-fuzz \
  test-memory test-sanitizers test-old-cpu test-targets
	@echo "all tests passed"

clean:
	rm -rf build .build .build-aarch64-linux .build-wasm32 .build-embedded .build-fuzz .build-sanitized .build-asan .build-tsan

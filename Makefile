# libdescent. `make` builds the library, `make demo` shows it, `make test` checks everything; each installs what is
# missing. CONTRIBUTING.md says more.

VERSION := 0.1.0
SONAME := libdescent.so.0
LIBRARY := build/lib/libdescent.so
SOURCES := Package.swift $(shell find -L Sources include -name '*.swift' -o -name '*.h' -o -name '*.c' -o -name '*.map')

CC ?= cc
CXX ?= c++
WARNINGS := -Wall -Wextra -pedantic -Werror
LINK := -Iinclude -Lbuild/lib -Wl,-rpath,$(abspath build/lib) -ldescent -lm
VENV := .venv
PYTHON := $(VENV)/bin/python

.PHONY: all demo benchmark test test-swift test-c test-threads test-tsan test-abi test-python \
  test-install abi stubs lint format clean
all: $(LIBRARY)

# --- What must be installed ------------------------------------------------------------------------------------------

# $(call apt_install,package): a shell command that installs a Debian package.
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
apt_install = $(SUDO) sh -c 'apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $(1)' >/dev/null

# $(call need,test,package): installs a Debian package unless the test passes.
define need
@if ! { $(1); } >/dev/null 2>&1; then \
  echo "installing $(2)"; \
  $(call apt_install,$(2)) \
    || { echo "$(2) is missing and could not be installed: please install it and try again" >&2; exit 1; }; \
fi
endef

has_openblas = echo '\#include <cblas.h>' | $(CC) -E -

.PHONY: openblas
openblas:
	$(call need,$(has_openblas),libopenblas-dev)

$(PYTHON): bindings/python/requirements.txt
	$(call need,python3 -c 'import venv$(comma) ensurepip',python3-venv)
	python3 -m venv $(VENV)
	$(PYTHON) -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@
comma := ,

# --- The library -----------------------------------------------------------------------------------------------------

$(LIBRARY): $(SOURCES) | openblas
	@# The package manager does not notice that the linker's script has changed.
	@test .build-embedded/release/libdescent.so -nt Sources/DescentABI/exports.map || rm -f .build-embedded/release/libdescent.so
	swift build -c release --traits Embedded --scratch-path .build-embedded --product descent
	@mkdir -p build/lib
	cp -f .build-embedded/release/libdescent.so build/lib/libdescent.so.$(VERSION)
	ln -sf libdescent.so.$(VERSION) build/lib/$(SONAME)
	ln -sf $(SONAME) $(LIBRARY)
	@touch -h $(LIBRARY)

# --- Installing ------------------------------------------------------------------------------------------------------

# `make install PREFIX=... DESTDIR=...`; `make uninstall` with the same words. PYTHONDIR= leaves the Python package out,
# STRIP= the debug information in.
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
PYTHONDIR ?= $(shell python3 packaging/python_folder.py '$(PREFIX)')
INSTALL ?= install
STRIP ?= strip
INSTALLATION = VERSION='$(VERSION)' SONAME='$(SONAME)' PREFIX='$(PREFIX)' LIBDIR='$(LIBDIR)' INCLUDEDIR='$(INCLUDEDIR)' \
  PYTHONDIR='$(PYTHONDIR)' DESTDIR='$(DESTDIR)' INSTALL='$(INSTALL)' STRIP='$(STRIP)' packaging/install.sh

.PHONY: install uninstall
install: $(LIBRARY)
	@$(INSTALLATION) install

uninstall:
	@$(INSTALLATION) uninstall

# --- Demonstration ---------------------------------------------------------------------------------------------------

FASHION_MNIST := /usr/share/datasets/fashion-mnist

# Without the package the demonstration says so and takes the small data set of the repository.
.PHONY: dataset
dataset:
	@test -d $(FASHION_MNIST) || { echo "installing dataset-fashion-mnist"; $(call apt_install,dataset-fashion-mnist); } || true

demo: $(LIBRARY) $(PYTHON) dataset
	$(PYTHON) bindings/python/demo/compare_optimizers.py

# --- Benchmarks ------------------------------------------------------------------------------------------------------

# The peers have an environment of their own. BENCHMARK_OPTIONS: --quick, --only PATTERN, --wait SECONDS, --help.
BENCHMARK := build/benchmark
BENCHMARK_PYTHON := PYTHONPATH=bindings/python:Benchmarks $(BENCHMARK)/venv/bin/python
PEERS := $(addprefix Benchmarks/c/,drive_library.c steps.c softmax_blas.c softmax_one_pass.c)
PEER_FLAGS := -std=gnu11 -O3 -march=native -fno-math-errno -Wall -Wextra -Iinclude

benchmark: $(LIBRARY) $(BENCHMARK)/peers-installed $(BENCHMARK)/libpeers.so $(BENCHMARK)/open_library dataset
	$(BENCHMARK_PYTHON) -m speed $(BENCHMARK_OPTIONS)

$(BENCHMARK)/peers-installed: Benchmarks/install_peers.sh
	$(call need,python3 -c 'import venv$(comma) ensurepip',python3-venv)
	sh $< $(BENCHMARK)/venv
	@touch $@

$(BENCHMARK)/libpeers.so: $(PEERS) Benchmarks/c/clock.h include/descent.h | openblas
	@mkdir -p $(@D)
	gcc $(PEER_FLAGS) -fopenmp -fPIC -shared $(PEERS) -o $@ -lopenblas -lm

$(BENCHMARK)/open_library: Benchmarks/c/open_library.c Benchmarks/c/clock.h
	@mkdir -p $(@D)
	gcc $(PEER_FLAGS) $< -o $@ -ldl

# --- Tests -----------------------------------------------------------------------------------------------------------

test: lint test-swift test-c test-threads test-abi test-python test-install
	@echo "all tests passed"

test-swift: | openblas
	swift build --build-tests
	swift test --skip-build --disable-swift-testing

# The C programs and tests, as a user compiles them: one file, the header and the library.
C_PROGRAMS := bindings/c/minimal.c bindings/c/train_classifier.c
C_TESTS := $(filter-out %.h,$(wildcard Tests/C/*.c))
C_BINARIES := $(patsubst %.c,build/test/%,$(notdir $(C_PROGRAMS) $(C_TESTS))) build/test/header_cxx
C_HEADERS := include/descent.h $(wildcard bindings/c/*.h Tests/C/*.h)
DIGITS := bindings/data/optical-digits

build/test/%: bindings/c/%.c $(C_HEADERS) $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) -std=c99 -O2 -g $(WARNINGS) $< -o $@ $(LINK)

build/test/%: Tests/C/%.c $(C_HEADERS) $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) -std=c99 -O1 -g $(WARNINGS) $< -o $@ $(LINK) -pthread

# Loads the library itself.
build/test/unloading: Tests/C/unloading.c $(C_HEADERS) $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) -std=c99 -O1 -g $(WARNINGS) -Iinclude '-DLIBRARY="$(abspath $(LIBRARY))"' $< -o $@ -pthread -ldl

build/test/header_cxx: Tests/C/header_cxx.cpp Tests/C/header_c99.c $(C_HEADERS) $(LIBRARY)
	@mkdir -p $(@D)
	$(CXX) -g $(WARNINGS) $< -o $@ $(LINK)

LEAK_CHECK := valgrind --quiet --leak-check=full --show-leak-kinds=definite,indirect,possible --error-exitcode=99

.PHONY: valgrind
valgrind:
	$(call need,valgrind --version,valgrind)

test-c: $(C_BINARIES) | valgrind
	@for program in $(filter-out %/train_classifier,$(C_BINARIES)); do echo "$$program"; $$program || exit 1; done
	build/test/train_classifier --data $(DIGITS) --feature-maximum 16 --epochs 2 --save build/test/weights.npy
	$(LEAK_CHECK) build/test/minimal
	$(LEAK_CHECK) build/test/train_classifier --data $(DIGITS) --feature-maximum 16 --epochs 1

# The pool of threads by itself, as it is and under ThreadSanitizer, which in Swift's toolchain wants libdispatch.
SWIFT_RESOURCES = $(shell swiftc -print-target-info | sed -n 's/.*"runtimeResourcePath": *"\(.*\)".*/\1/p')
POOL_CC = $(SWIFT_RESOURCES)/../../bin/clang -g -O1 -pthread -Wall -Wextra -Werror -ISources/CPlatform/include
SANITIZED_LINK = -L$(SWIFT_RESOURCES)/linux -Wl,-rpath,$(SWIFT_RESOURCES)/linux -ldispatch -lBlocksRuntime
PLATFORM := $(wildcard Sources/CPlatform/*.c)
POOLS := build/test/pool build/test/pool_sanitized

build/test/pool_sanitized: SANITIZE := -fsanitize=thread
build/test/pool_sanitized: POOL_LINK = $(SANITIZED_LINK)

$(POOLS): Tests/Threads/pool.c $(PLATFORM) $(wildcard Sources/CPlatform/include/*.h)
	@mkdir -p $(@D)
	$(POOL_CC) $(SANITIZE) -shared -fPIC $(PLATFORM) -o $@.so -lm
	$(POOL_CC) $(SANITIZE) $< -o $@ $(POOL_LINK)

test-threads: $(POOLS)
	build/test/pool build/test/pool.so
	TSAN_OPTIONS=halt_on_error=1 build/test/pool_sanitized build/test/pool_sanitized.so

# Everything that uses several threads, in the development build under ThreadSanitizer. Not a part of `make test`: it builds
# all sources once more, which takes minutes.
test-tsan: | openblas
	swift build --build-tests --sanitize=thread --scratch-path .build-tsan
	TSAN_OPTIONS=halt_on_error=1 swift test --skip-build --disable-swift-testing --sanitize=thread \
	  --scratch-path .build-tsan --filter 'DescentTests.(Parallel|ConcurrentUse)Tests'

# What compiled programs rely on. `make abi` describes what is new, and refuses what would break them.
test-abi: $(LIBRARY) $(PYTHON)
	$(PYTHON) -m pytest -q Tests/Compatibility

abi: $(LIBRARY) $(PYTHON)
	$(PYTHON) Tests/Compatibility/description.py

.PHONY: cmake pkg-config
cmake:
	$(call need,cmake --version,cmake)
pkg-config:
	$(call need,pkg-config --version,pkg-config)

test-install: $(LIBRARY) $(PYTHON) | cmake pkg-config
	$(PYTHON) -m pytest -q Tests/Install

test-python: $(LIBRARY) $(PYTHON)
	cd bindings/python && $(abspath $(PYTHON)) -m pytest
	$(PYTHON) -m pytest -q Tests/Library

SWIFT_SOURCES := Package.swift Tests Sources/Descent Sources/DescentABI Sources/Kernels
PYTHON_SOURCES := bindings packaging Tests Benchmarks

lint: $(PYTHON)
	swift format lint --strict --recursive --parallel $(SWIFT_SOURCES)
	$(VENV)/bin/ruff check --quiet --config bindings/python/pyproject.toml $(PYTHON_SOURCES)
	$(VENV)/bin/ruff format --check --quiet --config bindings/python/pyproject.toml $(PYTHON_SOURCES)
	cd bindings/python && $(abspath $(VENV))/bin/mypy --no-error-summary --cache-dir $(abspath build/mypy)

# The Python package's type stubs are made from the library's table.
stubs: $(LIBRARY) $(PYTHON)
	PYTHONPATH=bindings/python $(PYTHON) bindings/python/type_stubs.py

format: $(PYTHON)
	swift format --in-place --recursive --parallel $(SWIFT_SOURCES)
	$(VENV)/bin/ruff format --config bindings/python/pyproject.toml $(PYTHON_SOURCES)

clean:
	rm -rf build .build .build-embedded .build-tsan

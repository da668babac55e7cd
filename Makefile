# libdescent. `make` builds the library, `make demo` shows it, `make test` checks everything; each installs what is
# missing. CONTRIBUTING.md says more.

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
PACKAGES := $(VENV)/packages-are-installed

.PHONY: all demo benchmark test test-swift test-c test-threads test-tsan test-abi test-python test-install test-fuzz fuzz \
  test-memory test-sanitizers test-sanitizers-all fuzz-sanitized test-old-cpu test-old-cpu-all abi stubs lint format clean
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

$(PACKAGES): bindings/python/requirements.txt
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

demo: $(LIBRARY) $(PACKAGES) dataset
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

test: lint test-swift test-c test-threads test-abi test-python test-install test-fuzz test-memory test-sanitizers \
  test-old-cpu
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

LEAK_CHECK := valgrind --quiet --suppressions=Tests/C/valgrind.supp --leak-check=full --show-leak-kinds=definite,indirect,possible --error-exitcode=99

.PHONY: valgrind
valgrind:
	$(call need,valgrind --version,valgrind)

test-c: $(C_BINARIES)
	@for program in $(filter-out %/train_classifier,$(C_BINARIES)); do echo "$$program"; $$program || exit 1; done
	build/test/train_classifier --data $(DIGITS) --feature-maximum 16 --epochs 2 --save build/test/weights.npy

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
test-abi: $(LIBRARY) $(PACKAGES)
	$(PYTHON) -m pytest -q Tests/Compatibility

abi: $(LIBRARY) $(PACKAGES)
	$(PYTHON) Tests/Compatibility/description.py

.PHONY: cmake pkg-config
cmake:
	$(call need,cmake --version,cmake)
pkg-config:
	$(call need,pkg-config --version,pkg-config)

test-install: $(LIBRARY) $(PACKAGES) | cmake pkg-config
	$(PYTHON) -m pytest -q Tests/Install

test-python: $(LIBRARY) $(PACKAGES)
	cd bindings/python && $(abspath $(PYTHON)) -m pytest
	$(PYTHON) -m pytest -q Tests/Library

# --- Fuzzing ---------------------------------------------------------------------------------------------------------

# `make test-fuzz` runs the corpora and some mutations of them, always the same ones, on the shipped library. `make fuzz
# FUZZ_SECONDS=...` compiles the same sources with coverage counters, which guide it, and keeps what it finds in build/fuzz.
# Both need the clang of the Swift toolchain.
FUZZ_CLANG = $(dir $(realpath $(shell which swift)))clang
FUZZ_FLAGS := -std=c11 -O1 -g -Wall -Wextra -Werror -fsanitize=fuzzer -Iinclude
FUZZ_NAMES := $(patsubst Tests/Fuzz/fuzz_%.c,%,$(wildcard Tests/Fuzz/fuzz_*.c))
FUZZ_RUNS ?= 4000
FUZZ_SECONDS ?= 60

build/test/fuzz_%: Tests/Fuzz/fuzz_%.c $(wildcard Tests/Fuzz/*.h) include/descent.h $(LIBRARY)
	@mkdir -p $(@D)
	$(FUZZ_CLANG) $(FUZZ_FLAGS) $< -o $@ $(LINK)

test-fuzz: $(addprefix build/test/fuzz_,$(FUZZ_NAMES))
	@mkdir -p build/fuzz/findings
	@for name in $(FUZZ_NAMES); do \
	  echo "build/test/fuzz_$$name"; \
	  rm -rf build/fuzz/new && mkdir -p build/fuzz/new; \
	  build/test/fuzz_$$name build/fuzz/new Tests/Fuzz/corpus/$$name -runs=$(FUZZ_RUNS) -seed=1 -max_len=1024 -timeout=60 -verbosity=0 \
	    -reduce_inputs=0 -artifact_prefix=build/fuzz/findings/$$name- >build/fuzz/$$name.log 2>&1 \
	    || { tail -n 40 build/fuzz/$$name.log; exit 1; }; \
	done

build/fuzz/lib/libdescent.so: $(SOURCES) | openblas
	swift build -c release --traits Embedded --scratch-path .build-fuzz --product descent \
	  -Xswiftc -Xfrontend -Xswiftc -sanitize=fuzzer
	@mkdir -p $(@D)
	cp -f .build-fuzz/release/libdescent.so $(@D)/$(SONAME)
	ln -sf $(SONAME) $@
	@touch -h $@

build/fuzz/fuzz_%: Tests/Fuzz/fuzz_%.c $(wildcard Tests/Fuzz/*.h) build/fuzz/lib/libdescent.so
	$(FUZZ_CLANG) $(FUZZ_FLAGS) $< -o $@ $(subst build/lib,build/fuzz/lib,$(LINK))

fuzz: $(addprefix build/fuzz/fuzz_,$(FUZZ_NAMES))
	@mkdir -p build/fuzz/findings
	@for name in $(FUZZ_NAMES); do \
	  echo "build/fuzz/fuzz_$$name"; mkdir -p build/fuzz/corpus/$$name; \
	  build/fuzz/fuzz_$$name build/fuzz/corpus/$$name Tests/Fuzz/corpus/$$name -max_total_time=$(FUZZ_SECONDS) \
	    -max_len=1024 -timeout=60 -print_final_stats=1 -artifact_prefix=build/fuzz/findings/$$name- || exit 1; \
	done

# --- Memory checkers -------------------------------------------------------------------------------------------------

# The corpora of the fuzzing harnesses without a fuzzer. What they give must be the same everywhere. The harnesses draw
# several arguments in one expression, in the compiler's order: so it is the fuzzer's compiler.
REPLAYS := $(patsubst %,build/test/replay_%,$(FUZZ_NAMES))
SAME_DIGESTS := Tests/Fuzz/same_digests.sh

build/test/replay_%: Tests/Fuzz/fuzz_%.c Tests/Fuzz/replay.c $(wildcard Tests/Fuzz/*.h) include/descent.h $(LIBRARY)
	@mkdir -p $(@D)
	$(FUZZ_CLANG) -std=c99 -O1 -g -gdwarf-4 $(WARNINGS) $< Tests/Fuzz/replay.c -o $@ $(LINK)

# valgrind knows the shipped library's memory; it has no AVX-512. Programs with a malloc() of their own, or that start
# themselves anew, are not for it.
MEMORY_PROGRAMS := minimal samplers sizes threads

test-memory: $(addprefix build/test/,$(MEMORY_PROGRAMS) train_classifier saving) $(REPLAYS) | valgrind
	@for program in $(MEMORY_PROGRAMS); do echo "valgrind $$program"; $(LEAK_CHECK) build/test/$$program || exit 1; done
	$(LEAK_CHECK) build/test/train_classifier --data $(DIGITS) --feature-maximum 16 --epochs 1
	$(LEAK_CHECK) build/test/saving bytes
	$(SAME_DIGESTS) build/test
	for isa in baseline avx2 avx512; do $(SAME_DIGESTS) build/test env DESCENT_ISA=$$isa DESCENT_NUM_THREADS=3 || exit 1; done
	$(SAME_DIGESTS) build/test $(LEAK_CHECK)

# The development build, with all of Swift's checks, and the C sources under the address and undefined-behaviour
# sanitizers: the C programs, and the corpora, which must give the shipped library's results. The counters for coverage are
# for `make fuzz-sanitized FUZZ_SECONDS=...`.
SANITIZED := .build-sanitized
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined
SANITIZED_PROGRAMS := minimal train_classifier samplers sizes saving header_c99
SANITIZED_BINARIES := $(addprefix build/sanitized/,$(SANITIZED_PROGRAMS) $(FUZZ_NAMES:%=replay_%))
SANITIZED_ENVIRONMENT := ASAN_OPTIONS=allocator_may_return_null=1:max_allocation_size_mb=256
# The objects of the sources that there are now.
object = $(SANITIZED)/debug/$(word 2,$(subst /, ,$(1))).build/$(notdir $(1)).o
SANITIZED_OBJECTS = $(shell ls $(foreach source,$(filter %.swift %.c,$(filter Sources/%,$(SOURCES))),$(call object,$(source))) 2>/dev/null)
LINK_SANITIZED = swiftc -use-ld=lld -sanitize=$(1) $(SANITIZED_OBJECTS) $(filter %.o,$^) -o $@

$(SANITIZED)/built: $(SOURCES) | openblas
	swift build -c debug --target DescentABI --scratch-path $(SANITIZED) -Xswiftc -sanitize=address,fuzzer \
	  $(addprefix -Xcc ,$(SANITIZE) -fsanitize=fuzzer-no-link)
	@touch $@

build/sanitized/%.o: bindings/c/%.c $(C_HEADERS)
	@mkdir -p $(@D)
	$(FUZZ_CLANG) -std=c99 -O1 -g $(WARNINGS) $(SANITIZE) -Iinclude -c $< -o $@

build/sanitized/%.o: Tests/C/%.c $(C_HEADERS)
	@mkdir -p $(@D)
	$(FUZZ_CLANG) -std=c99 -O1 -g $(WARNINGS) $(SANITIZE) -Iinclude -c $< -o $@

build/sanitized/%.o: Tests/Fuzz/%.c $(wildcard Tests/Fuzz/*.h) include/descent.h
	@mkdir -p $(@D)
	$(FUZZ_CLANG) -std=c99 -O1 -g $(WARNINGS) $(SANITIZE) -fsanitize=fuzzer-no-link -Iinclude -c $< -o $@

build/sanitized/fuzz_%: build/sanitized/fuzz_%.o $(SANITIZED)/built
	$(call LINK_SANITIZED,address$(comma)fuzzer)

build/sanitized/replay_%: build/sanitized/fuzz_%.o build/sanitized/replay.o $(SANITIZED)/built
	@$(call LINK_SANITIZED,address)

build/sanitized/%: build/sanitized/%.o $(SANITIZED)/built
	@$(call LINK_SANITIZED,address)

.PRECIOUS: build/sanitized/%.o

test-sanitizers: $(SANITIZED_BINARIES) $(REPLAYS)
	@for program in $(filter-out train_classifier,$(SANITIZED_PROGRAMS)); do \
	  echo "build/sanitized/$$program"; $(SANITIZED_ENVIRONMENT) build/sanitized/$$program || exit 1; done
	$(SANITIZED_ENVIRONMENT) build/sanitized/train_classifier --data $(DIGITS) --feature-maximum 16 --epochs 1
	$(SAME_DIGESTS) build/test
	$(SAME_DIGESTS) build/sanitized env $(SANITIZED_ENVIRONMENT)

# Some minutes: XCTest too. Its tables of kernels stay in memory until the end, on purpose.
test-sanitizers-all: test-sanitizers
	swift build --build-tests --sanitize=address --scratch-path .build-asan
	$(SANITIZED_ENVIRONMENT):detect_leaks=0 swift test --skip-build --disable-swift-testing --sanitize=address \
	  --scratch-path .build-asan

fuzz-sanitized: $(addprefix build/sanitized/fuzz_,$(FUZZ_NAMES))
	@mkdir -p build/fuzz/findings
	@for name in $(FUZZ_NAMES); do \
	  echo "build/sanitized/fuzz_$$name"; mkdir -p build/fuzz/corpus/$$name; \
	  $(SANITIZED_ENVIRONMENT) build/sanitized/fuzz_$$name build/fuzz/corpus/$$name Tests/Fuzz/corpus/$$name \
	    -max_total_time=$(FUZZ_SECONDS) -max_len=1024 -timeout=60 -print_final_stats=1 \
	    -artifact_prefix=build/fuzz/findings/$$name- || exit 1; \
	done

# --- Old processors --------------------------------------------------------------------------------------------------

# Emulated ones: kvm64 has nothing beyond SSE3. NumPy needs SSE4.2, and so Nehalem, which has no AVX either. OLD_CPU_TESTS is
# what of Python's tests takes half a minute; `make test-old-cpu-all` runs all of them, in five, and the C tests on both.
QEMU := qemu-x86_64
OLD_CPU_TESTS := optimizer_bits optimizer_interface losses samplers classifier_functions instruction_sets
OLD_CPU_PYTEST = cd bindings/python && $(QEMU) -cpu Nehalem $(abspath $(PYTHON)) -m pytest

.PHONY: qemu
qemu:
	$(call need,$(QEMU) --version,qemu-user)

ifeq ($(shell uname -m),x86_64)

# $(call run_programs,processor): all C programs on it.
define run_programs
for program in $(filter-out %/train_classifier,$(C_BINARIES)); do \
  echo "$(QEMU) -cpu $(1) $$program"; $(QEMU) -cpu $(1) $$program || exit 1; done; \
$(QEMU) -cpu $(1) build/test/train_classifier --data $(DIGITS) --feature-maximum 16 --epochs 1 || exit 1
endef

test-old-cpu: $(C_BINARIES) $(REPLAYS) $(PACKAGES) | qemu
	@mkdir -p build/old-cpu
	@($(OLD_CPU_PYTEST) $(OLD_CPU_TESTS:%=tests/test_%.py)) >build/old-cpu/pytest.log 2>&1 & python=$$!; \
	$(call run_programs,kvm64); \
	$(SAME_DIGESTS) build/test && $(SAME_DIGESTS) build/test $(QEMU) -cpu kvm64 || exit 1; \
	wait $$python; status=$$?; tail -n 30 build/old-cpu/pytest.log; exit $$status

test-old-cpu-all: test-old-cpu
	@$(call run_programs,Nehalem)
	$(OLD_CPU_PYTEST)

else
test-old-cpu test-old-cpu-all:
	@echo "only x86-64 has old processors that other code is compiled for"
endif

# --- Style -----------------------------------------------------------------------------------------------------------

SWIFT_SOURCES := Package.swift Tests Sources/Descent Sources/DescentABI Sources/Kernels
PYTHON_SOURCES := bindings packaging Tests Benchmarks

lint: $(PACKAGES)
	swift format lint --strict --recursive --parallel $(SWIFT_SOURCES)
	$(VENV)/bin/ruff check --quiet --config bindings/python/pyproject.toml $(PYTHON_SOURCES)
	$(VENV)/bin/ruff format --check --quiet --config bindings/python/pyproject.toml $(PYTHON_SOURCES)
	cd bindings/python && $(abspath $(VENV))/bin/mypy --no-error-summary --cache-dir $(abspath build/mypy)

# The Python package's type stubs are made from the library's table.
stubs: $(LIBRARY) $(PACKAGES)
	PYTHONPATH=bindings/python $(PYTHON) bindings/python/type_stubs.py

format: $(PACKAGES)
	swift format --in-place --recursive --parallel $(SWIFT_SOURCES)
	$(VENV)/bin/ruff format --config bindings/python/pyproject.toml $(PYTHON_SOURCES)

clean:
	rm -rf build .build .build-embedded .build-fuzz .build-sanitized .build-asan .build-tsan

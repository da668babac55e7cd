# The tests in Swift, C and Python.

.PHONY: test-swift check-swift test-c test-threads test-tsan test-abi test-install test-python check-python test-large stream-large
test-swift: | openblas
	swift build --build-tests
	swift test --skip-build --disable-swift-testing

# The tests that take most of the time, and seldom find what the others do not.
SLOW_SWIFT := SavedOptimizerTests SavedClassifierTests ParallelTests RandomSearchTests Version1Tests/testOptimizers \
  ScrambledStateTests ObjectiveTests/testGradientCheckOfTenThousand GradientCheckTests/testAPlantedError \
  LossTests/testGradientsAgainstCentralDifferences StageBitsTests ApportionmentTests/testManyClasses \
  MinimizationTests/testEachAlgorithm ClassifierGradientTests/testManyBlocks LinearPassTests/testAgainstTextbook

check-swift: | openblas
	swift build --build-tests
	swift test --skip-build --disable-swift-testing $(SLOW_SWIFT:%=--skip %)

# The C programs and tests, as a user compiles them: one file, the header and the library.
C_PROGRAMS := bindings/c/minimal.c bindings/c/train_linear.c bindings/c/stream.c
# Those of them that need arguments, and that Tests/Programs runs.
WITH_ARGUMENTS := %/train_linear %/stream
C_TESTS := $(filter-out %/pool.c,$(wildcard Tests/C/*.c))
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

test-c: $(C_BINARIES) $(PACKAGES)
	@for program in $(filter-out $(WITH_ARGUMENTS),$(C_BINARIES)); do echo "$$program"; $$program || exit 1; done
	build/test/train_linear --data $(DIGITS) --feature-maximum 16 --epochs 2 --save build/test/weights.npy
	$(PYTHON) -m pytest -q Tests/Programs

# Learns 2 GB of features in 512 MB of addresses, and compares with a fit of all of it. Not a part of `make test`: it takes
# 4 GB of the disk, and a minute.
stream-large: build/test/stream $(PACKAGES)
	$(PYTHON) Tests/Programs/stream.py build

# The pool of threads by itself, as it is and under ThreadSanitizer, which in Swift's toolchain wants libdispatch.
SWIFT_RESOURCES = $(shell swiftc -print-target-info | sed -n 's/.*"runtimeResourcePath": *"\(.*\)".*/\1/p')
POOL_CC = $(SWIFT_RESOURCES)/../../bin/clang -g -O1 -pthread -Wall -Wextra -Werror -ISources/CPlatform/include
SANITIZED_LINK = -L$(SWIFT_RESOURCES)/linux -Wl,-rpath,$(SWIFT_RESOURCES)/linux -ldispatch -lBlocksRuntime
PLATFORM := $(wildcard Sources/CPlatform/*.c)
POOLS := build/test/pool build/test/pool_sanitized

build/test/pool_sanitized: POOL_SANITIZE := -fsanitize=thread
build/test/pool_sanitized: POOL_LINK = $(SANITIZED_LINK)

$(POOLS): Tests/C/pool.c $(PLATFORM) $(wildcard Sources/CPlatform/include/*.h)
	@mkdir -p $(@D)
	$(POOL_CC) $(POOL_SANITIZE) -shared -fPIC $(PLATFORM) -o $@.so -lm
	$(POOL_CC) $(POOL_SANITIZE) $< -o $@ $(POOL_LINK)

test-threads: $(POOLS)
	build/test/pool build/test/pool.so
	TSAN_OPTIONS=halt_on_error=1 build/test/pool_sanitized build/test/pool_sanitized.so

# Everything that uses several threads, in the development build under ThreadSanitizer. Not a part of `make test`: it builds
# all sources once more, which takes minutes.
test-tsan: | openblas
	swift build --build-tests --sanitize=thread --scratch-path .build-tsan
	TSAN_OPTIONS=halt_on_error=1 swift test --skip-build --disable-swift-testing --sanitize=thread \
	  --scratch-path .build-tsan --filter 'DescentTests.(Parallel|ConcurrentUse|SharedFit)Tests'

# What compiled programs rely on.
test-abi: $(LIBRARY) $(PACKAGES)
	$(PYTHON) -m pytest -q Tests/Compatibility

test-install: $(LIBRARY) $(STATIC_LIBRARY) $(PACKAGES) | needs-cmake needs-pkg-config
	$(PYTHON) -m pytest -q Tests/Install

test-python: $(LIBRARY) $(PACKAGES)
	cd bindings/python && $(abspath $(PYTHON)) -m pytest
	$(PYTHON) -m pytest -q Tests/Library

check-python: $(LIBRARY) $(PACKAGES)
	cd bindings/python && $(abspath $(PYTHON)) -m pytest -m 'not slow'

# Buffers beyond 2^31 and 2^32 bytes. Not a part of `make test`: it needs tens of gigabytes, and skips what does not
# fit. CASES picks some, by a part of their names.
test-large: $(LIBRARY) $(PACKAGES)
	PYTHONPATH=bindings/python $(PYTHON) Tests/Large/large.py $(CASES)

# The library for Linux on ARM, and its tests, which an emulator runs where the machine is another.
AARCH64 := build/aarch64-linux
AARCH64_LIBRARY := $(AARCH64)/lib/libdescent.so
AARCH64_CLANG = $(CLANG) --target=aarch64-linux-gnu -fuse-ld=lld
AARCH64_LINK = $(subst build/lib,$(AARCH64)/lib,$(LINK))

$(AARCH64_LIBRARY): $(SOURCES) | needs-headers-aarch64-linux
	$(call build_archive,aarch64-linux)
	@mkdir -p $(@D)
	$(AARCH64_CLANG) -shared -o $(@D)/libdescent.so.$(VERSION) \
	  -Wl,--whole-archive $(call archive,aarch64-linux) -Wl,--no-whole-archive -lm -Wl,-z,defs -Wl,--gc-sections \
	  -Wl,--version-script=Sources/DescentABI/exports.map -Wl,-soname=$(SONAME)
	ln -sf libdescent.so.$(VERSION) $(@D)/$(SONAME)
	ln -sf $(SONAME) $@
	@touch -h $@

# make test-aarch64: the C programs and tests, the fuzzer's corpora with the digests of this machine's library, the golden
# trajectories, and what of Python's tests takes a minute when it is emulated; test-aarch64-all: all of Python's tests.
# Python and NumPy for arm64 are unpacked into build/aarch64-linux/root, by the first test that needs them.
AARCH64_RUN := qemu-aarch64 -L $(or $(wildcard /usr/aarch64-linux-gnu),/)
AARCH64_TESTS := methods samplers saving_version_1
AARCH64_PYTEST = cd bindings/python && env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE ../../Tests/Aarch64/python -m pytest \
  -p no:cacheprovider
# Without those that start themselves anew, fork while threads run, which the emulator cannot, or load the library from a
# place of their own.
AARCH64_C_PROGRAMS := $(filter-out $(NOT_OF_PROCESSORS) %/unloading %/saving %/thread_fork,$(C_BINARIES))
AARCH64_PROGRAMS := $(patsubst build/test/%,$(AARCH64)/test/%,$(AARCH64_C_PROGRAMS) $(REPLAYS))

$(AARCH64)/test/%: bindings/c/%.c $(C_HEADERS) $(AARCH64_LIBRARY)
	@mkdir -p $(@D)
	$(AARCH64_CLANG) -std=c99 -O2 $(WARNINGS) $< -o $@ $(AARCH64_LINK)

$(AARCH64)/test/%: Tests/C/%.c $(C_HEADERS) $(AARCH64_LIBRARY)
	@mkdir -p $(@D)
	$(AARCH64_CLANG) -std=c99 -O1 $(WARNINGS) $< -o $@ $(AARCH64_LINK) -pthread

$(AARCH64)/test/header_cxx: Tests/C/header_cxx.cpp Tests/C/header_c99.c $(C_HEADERS) $(AARCH64_LIBRARY)
	@mkdir -p $(@D)
	$(AARCH64_CLANG) -x c++ $(WARNINGS) $< -o $@ $(AARCH64_LINK)

$(AARCH64)/test/replay_%: Tests/Fuzz/fuzz_%.c Tests/Fuzz/replay.c $(wildcard Tests/Fuzz/*.h) include/descent.h $(AARCH64_LIBRARY)
	@mkdir -p $(@D)
	$(AARCH64_CLANG) -std=c99 -O1 $(WARNINGS) $< Tests/Fuzz/replay.c -o $@ $(AARCH64_LINK)

$(AARCH64)/root/made: Tests/Aarch64/make_root.sh
	sh $< $(@D) python3
	@touch $@

.PHONY: test-aarch64 test-aarch64-all test-aarch64-c test-aarch64-file
# No instruction that multiplies and adds in one: bits would differ.
test-aarch64-file: $(AARCH64_LIBRARY)
	@! $(LLVM)objdump -d $< | grep -E '\sf(n?m(add|sub)|mla|mls)\s'
	@test "$$($(LLVM)nm -D --defined-only $(AARCH64_LIBRARY) | awk '{print $$3}' | sort)" = \
	  "$$($(LLVM)nm -D --defined-only $(LIBRARY) | awk '{print $$3}' | sort)" || { echo "$<: not the symbols of $(LIBRARY)"; exit 1; }

test-aarch64-c: test-aarch64-file $(AARCH64_PROGRAMS) $(AARCH64)/test/saving $(REPLAYS) | needs-qemu-aarch64
	@for program in $(filter-out %/train_classifier %/replay_%,$(AARCH64_PROGRAMS)); do \
	  echo "$$program"; $(AARCH64_RUN) $$program || exit 1; done
	$(AARCH64_RUN) $(AARCH64)/test/saving bytes
	$(AARCH64_RUN) $(AARCH64)/test/train_classifier --data $(DIGITS) --feature-maximum 16 --epochs 1
	$(SAME_DIGESTS) build/test
	$(SAME_DIGESTS) $(AARCH64)/test $(AARCH64_RUN)

test-aarch64: test-aarch64-c $(AARCH64)/root/made | needs-qemu-aarch64
	$(AARCH64_PYTEST) $(AARCH64_TESTS:%=tests/test_%.py)

test-aarch64-all: test-aarch64-c $(AARCH64)/root/made | needs-qemu-aarch64
	$(AARCH64_PYTEST)

# The library for Linux on ARM, and its tests, which an emulator runs where the machine is another.
AARCH64 := build/aarch64-linux
AARCH64_LIBRARY := $(AARCH64)/lib/libdescent.so
# Tests compute for themselves too, and must not fuse either.
AARCH64_CLANG = $(CLANG) --target=aarch64-linux-gnu -fuse-ld=lld -ffp-contract=off -Wno-unused-command-line-argument
AARCH64_WARNINGS := $(WARNINGS) -Wno-missing-field-initializers
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
AARCH64_RUN := $(if $(filter aarch64,$(MACHINE)),env,qemu-aarch64 -L /usr/aarch64-linux-gnu)
AARCH64_EMULATOR := $(if $(filter aarch64,$(MACHINE)),,needs-qemu-aarch64)
AARCH64_TESTS := methods samplers saving_version_1
AARCH64_PYTEST = cd bindings/python && env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE ../../Tests/Aarch64/python -m pytest \
  -p no:cacheprovider
# Without those that start themselves anew, fork while threads run, which the emulator cannot, or load the library from a
# place of their own.
AARCH64_PROGRAMS := $(patsubst build/test/%,$(AARCH64)/test/%,$(filter-out $(NOT_OF_PROCESSORS) %/unloading %/saving \
  %/thread_fork $(WITH_ARGUMENTS),$(C_BINARIES)))
AARCH64_REPLAYS := $(patsubst build/test/%,$(AARCH64)/test/%,$(REPLAYS))

$(AARCH64)/test/%: bindings/c/%.c $(C_HEADERS) $(AARCH64_LIBRARY)
	@mkdir -p $(@D)
	$(AARCH64_CLANG) -std=c99 -O2 $(AARCH64_WARNINGS) $< -o $@ $(AARCH64_LINK)

$(AARCH64)/test/%: Tests/C/%.c $(C_HEADERS) $(AARCH64_LIBRARY)
	@mkdir -p $(@D)
	$(AARCH64_CLANG) -std=c99 -O1 $(AARCH64_WARNINGS) $< -o $@ $(AARCH64_LINK) -pthread

$(AARCH64)/test/header_cxx: Tests/C/header_cxx.cpp Tests/C/header_c99.c $(C_HEADERS) $(AARCH64_LIBRARY)
	@mkdir -p $(@D)
	$(AARCH64_CLANG) -x c++ $(AARCH64_WARNINGS) $< -o $@ $(AARCH64_LINK)

$(AARCH64)/test/replay_%: Tests/Fuzz/fuzz_%.c Tests/Fuzz/replay.c $(wildcard Tests/Fuzz/*.h) $(C_HEADERS) $(AARCH64_LIBRARY)
	@mkdir -p $(@D)
	$(AARCH64_CLANG) -std=c99 -O1 $(AARCH64_WARNINGS) $< Tests/Fuzz/replay.c -o $@ $(AARCH64_LINK)

$(AARCH64)/root/made: Tests/Aarch64/make_root.sh
	sh $< $(@D) python3
	@touch $@

.PHONY: test-aarch64 test-aarch64-all test-aarch64-c test-aarch64-file
# No instruction that multiplies and adds in one: bits would differ.
test-aarch64-file: $(AARCH64_LIBRARY)
	@! $(LLVM)objdump -d $< | grep -E '\sf(n?m(add|sub)|mla|mls)\s'
	@test "$$($(LLVM)nm -D --defined-only $(AARCH64_LIBRARY) | awk '{print $$3}' | sed 's/@.*//' | sort -u)" = \
	  "$$($(LLVM)nm -D --defined-only $(LIBRARY) | awk '{print $$3}' | sed 's/@.*//' | sort -u)" || { echo "$<: not the symbols of $(LIBRARY)"; exit 1; }

test-aarch64-c: test-aarch64-file $(AARCH64_PROGRAMS) $(AARCH64_REPLAYS) $(addprefix $(AARCH64)/test/,saving train_linear) $(REPLAYS) | $(AARCH64_EMULATOR)
	@for program in $(AARCH64_PROGRAMS); do \
	  echo "$$program"; $(AARCH64_RUN) $$program || exit 1; done
	$(AARCH64_RUN) $(AARCH64)/test/saving bytes
	$(AARCH64_RUN) $(AARCH64)/test/train_linear --data $(DIGITS) --feature-maximum 16 --epochs 1
	$(SAME_DIGESTS) build/test
	$(SAME_DIGESTS) $(AARCH64)/test $(AARCH64_RUN)

ifneq ($(MACHINE),aarch64)
test-aarch64: test-aarch64-c $(AARCH64)/root/made | $(AARCH64_EMULATOR)
	$(AARCH64_PYTEST) $(AARCH64_TESTS:%=tests/test_%.py)

test-aarch64-all: test-aarch64-c $(AARCH64)/root/made | $(AARCH64_EMULATOR)
	$(AARCH64_PYTEST)
else
test-aarch64 test-aarch64-all: test-aarch64-c
	@echo "this machine is of that kind itself: make test-python"
endif

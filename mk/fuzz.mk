# Fuzzing.
#
# `make test-fuzz` runs the corpora and some mutations of them, always the same ones, on the shipped library. `make fuzz
# FUZZ_SECONDS=...` compiles the same sources with coverage counters, which guide it, and keeps what it finds in build/fuzz.
# Both need the clang of the Swift toolchain.
FUZZ_CLANG = $(dir $(realpath $(shell which swift)))clang
FUZZ_FLAGS := -std=c11 -O1 -g -Wall -Wextra -Werror -fsanitize=fuzzer -Iinclude
FUZZ_NAMES := $(patsubst Tests/Fuzz/fuzz_%.c,%,$(wildcard Tests/Fuzz/fuzz_*.c))
FUZZ_RUNS ?= 4000
FUZZ_SECONDS ?= 60

build/test/fuzz_%: Tests/Fuzz/fuzz_%.c $(wildcard Tests/Fuzz/*.h) $(C_HEADERS) $(LIBRARY)
	@mkdir -p $(@D)
	$(FUZZ_CLANG) $(FUZZ_FLAGS) $< -o $@ $(LINK)

test-fuzz: $(addprefix build/test/fuzz_,$(FUZZ_NAMES))
	@mkdir -p build/fuzz/findings
	@for name in $(FUZZ_NAMES); do \
	  echo "build/test/fuzz_$$name"; \
	  rm -rf build/fuzz/new && mkdir -p build/fuzz/new; \
	  build/test/fuzz_$$name build/fuzz/new Tests/Fuzz/corpus/$$name -runs=$(FUZZ_RUNS) -seed=1 -max_len=4096 -timeout=60 -verbosity=0 \
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

build/fuzz/fuzz_%: Tests/Fuzz/fuzz_%.c $(wildcard Tests/Fuzz/*.h) $(C_HEADERS) build/fuzz/lib/libdescent.so
	$(FUZZ_CLANG) $(FUZZ_FLAGS) $< -o $@ $(subst build/lib,build/fuzz/lib,$(LINK))

fuzz: $(addprefix build/fuzz/fuzz_,$(FUZZ_NAMES))
	@mkdir -p build/fuzz/findings
	@for name in $(FUZZ_NAMES); do \
	  echo "build/fuzz/fuzz_$$name"; mkdir -p build/fuzz/corpus/$$name; \
	  build/fuzz/fuzz_$$name build/fuzz/corpus/$$name Tests/Fuzz/corpus/$$name -max_total_time=$(FUZZ_SECONDS) \
	    -max_len=4096 -timeout=60 -print_final_stats=1 -artifact_prefix=build/fuzz/findings/$$name- || exit 1; \
	done

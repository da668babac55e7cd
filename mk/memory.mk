# valgrind and the sanitizers.

.PHONY: test-memory test-sanitizers test-sanitizers-all fuzz-sanitized
# The corpora of the fuzzing harnesses without a fuzzer. What they give must be the same everywhere. The harnesses draw
# several arguments in one expression, in the compiler's order: so it is the fuzzer's compiler.
REPLAYS := $(patsubst %,build/test/replay_%,$(FUZZ_NAMES))
SAME_DIGESTS := Tests/Fuzz/same_digests.sh

build/test/replay_%: Tests/Fuzz/fuzz_%.c Tests/Fuzz/replay.c $(wildcard Tests/Fuzz/*.h) $(C_HEADERS) $(LIBRARY)
	@mkdir -p $(@D)
	$(FUZZ_CLANG) -std=c99 -O1 -g -gdwarf-4 $(WARNINGS) $< Tests/Fuzz/replay.c -o $@ $(LINK)

LEAK_CHECK := valgrind --quiet --suppressions=Tests/C/valgrind.supp --leak-check=full \
  --show-leak-kinds=definite,indirect,possible --error-exitcode=99

# valgrind knows the shipped library's memory; it has no AVX-512. Programs with a malloc() of their own, or that start
# themselves anew, are not for it.
MEMORY_PROGRAMS := minimal samplers sizes threads processes

test-memory: $(addprefix build/test/,$(MEMORY_PROGRAMS) train_linear saving) $(REPLAYS) | needs-valgrind
	@for program in $(MEMORY_PROGRAMS); do echo "valgrind $$program"; $(LEAK_CHECK) build/test/$$program || exit 1; done
	$(LEAK_CHECK) build/test/train_linear --data $(DIGITS) --feature-maximum 16 --epochs 1
	$(LEAK_CHECK) build/test/saving bytes
	$(SAME_DIGESTS) build/test
	for isa in baseline avx2 avx512; do $(SAME_DIGESTS) build/test env DESCENT_ISA=$$isa DESCENT_NUM_THREADS=3 || exit 1; done
	$(SAME_DIGESTS) build/test $(LEAK_CHECK)

# The development build, with all of Swift's checks, and the C sources under the address and undefined-behaviour
# sanitizers: the C programs, and the corpora, which must give the shipped library's results. The counters for coverage are
# for `make fuzz-sanitized FUZZ_SECONDS=...`.
SANITIZED := .build-sanitized
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined
SANITIZED_PROGRAMS := minimal train_linear samplers sizes struct_sizes saving header_c99
SANITIZED_BINARIES := $(addprefix build/sanitized/,$(SANITIZED_PROGRAMS) $(FUZZ_NAMES:%=replay_%))
SANITIZED_ENVIRONMENT := ASAN_OPTIONS=allocator_may_return_null=1:max_allocation_size_mb=256
# The objects of the sources that there are now, linked into each program: as a shared library with these sanitizers the
# development build does not work (with Swift 6.3, generic code that is not specialized reads at address 16).
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

build/sanitized/%.o: Tests/Fuzz/%.c $(wildcard Tests/Fuzz/*.h) $(C_HEADERS)
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
	@for program in $(filter-out train_linear,$(SANITIZED_PROGRAMS)); do \
	  echo "build/sanitized/$$program"; $(SANITIZED_ENVIRONMENT) build/sanitized/$$program || exit 1; done
	$(SANITIZED_ENVIRONMENT) build/sanitized/train_linear --data $(DIGITS) --feature-maximum 16 --epochs 1
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
	    -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -timeout=60 -print_final_stats=1 \
	    -artifact_prefix=build/fuzz/findings/$$name- || exit 1; \
	done

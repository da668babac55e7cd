# The library as WebAssembly, for browsers and Node.
WASM := build/wasm32
WASM_LIBRARY := $(WASM)/descent.wasm
WASM_BUILTINS = $(lastword $(sort $(wildcard /usr/lib/llvm-*/lib/clang/*/lib/wasi/libclang_rt.builtins-wasm32.a)))

# Every function of the header, and what a caller needs to pass it memory and callbacks.
WASM_EXPORTS = $$($(LLVM)nm --defined-only $(call archive,wasm32) | sed -n 's/.* T \(descent_.*\)/--export=\1/p') \
  --export=malloc --export=free --export-table --growable-table

$(WASM_LIBRARY): $(SOURCES) | needs-headers-wasm32
	$(call build_archive,wasm32)
	@mkdir -p $(@D)
	$(LLVM_BIN)wasm-ld -o $@ /usr/lib/wasm32-wasi/crt1-reactor.o $(call archive,wasm32) -L/usr/lib/wasm32-wasi -lc -lm \
	  $(WASM_BUILTINS) --entry=_initialize -z stack-size=1048576 --stack-first --max-memory=4294967296 --gc-sections \
	  --strip-debug $(WASM_EXPORTS)

# Programs in C for Node's WASI, with the library linked into them.
WASM_CLANG = $(CLANG) --target=wasm32-wasi -isystem $(INCLUDE_wasm32) -Wl,-z,stack-size=1048576
WASM_LINK = $(call archive,wasm32) -L/usr/lib/wasm32-wasi $(WASM_BUILTINS) -nodefaultlibs -lc -lm
WASM_RUN := node --no-warnings Tests/WebAssembly/run.mjs

$(WASM)/test/%: bindings/c/%.c $(C_HEADERS) $(WASM_LIBRARY)
	@mkdir -p $(@D)
	$(WASM_CLANG) -std=c99 -O2 $(WARNINGS) -Iinclude $< -o $@ $(WASM_LINK)

$(WASM)/test/%: Tests/C/%.c $(C_HEADERS) $(WASM_LIBRARY)
	@mkdir -p $(@D)
	$(WASM_CLANG) -std=c99 -O1 $(WARNINGS) -Iinclude $< -o $@ $(WASM_LINK)

$(WASM)/test/replay_%: Tests/Fuzz/fuzz_%.c Tests/Fuzz/replay.c $(wildcard Tests/Fuzz/*.h) include/descent.h $(WASM_LIBRARY)
	@mkdir -p $(@D)
	$(WASM_CLANG) -std=c99 -O1 $(WARNINGS) -Iinclude $< Tests/Fuzz/replay.c -o $@ $(WASM_LINK)

# make test-wasm: the C tests that need neither threads nor processes, with sizes around 2^31 and 2^32 bytes; the fuzzer's
# corpora with the digests of this machine's library; and the JavaScript binding, with golden trajectories and a fit on the
# digits. A struct's first sizes, which struct_sizes.c knows, are those of 64 bits.
WASM_PROGRAMS := $(addprefix $(WASM)/test/,minimal sizes samplers header_c99)

.PHONY: test-wasm
# The readers of files start gzip, and there are no processes.
WASM_REPLAYS = $(filter-out %/replay_files,$(REPLAYS))

test-wasm: $(WASM_LIBRARY) $(WASM_PROGRAMS) $(patsubst build/test/%,$(WASM)/test/%,$(WASM_REPLAYS)) $(REPLAYS) \
  $(LIBRARY) $(PACKAGES) | needs-node needs-tsc
	@for program in $(WASM_PROGRAMS); do echo "$$program"; $(WASM_RUN) $$program || exit 1; done
	node Tests/WebAssembly/layout.mjs | $(WASM_CLANG) -std=c11 -fsyntax-only -x c -Iinclude -
	$(SAME_DIGESTS) build/test
	ADDRESS_BITS=32 $(SAME_DIGESTS) $(WASM)/test $(WASM_RUN)
	PYTHONPATH=bindings/python $(PYTHON) Tests/WebAssembly/expected_fit.py $(WASM)/expected_fit.json
	DESCENT_WASM='file://$(abspath $(WASM_LIBRARY))' EXPECTED_FIT='$(abspath $(WASM)/expected_fit.json)' \
	  node --test bindings/javascript/tests
	tsc --strict --noEmit --target es2022 --module nodenext --moduleResolution nodenext --lib es2022,dom \
	  bindings/javascript/tests/types.ts

# The promise, shown: the same jobs on every target, with the same bits. `make test-promise` compares, also with the table in
# the README, which `make promise` writes. The jobs' own arithmetic must not be fused either.
PROMISE_SOURCES := Tests/Promise/promise.c Tests/Promise/jobs.h include/descent.h
PROMISE_FLAGS := -std=c99 -O1 -ffp-contract=off $(WARNINGS)

build/test/promise: $(PROMISE_SOURCES) $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(PROMISE_FLAGS) $< -o $@ $(LINK)

$(AARCH64)/test/promise: $(PROMISE_SOURCES) $(AARCH64_LIBRARY)
	@mkdir -p $(@D)
	$(AARCH64_CLANG) $(PROMISE_FLAGS) $< -o $@ $(AARCH64_LINK)

$(WASM)/test/promise: $(PROMISE_SOURCES) $(WASM_LIBRARY)
	@mkdir -p $(@D)
	$(WASM_CLANG) $(PROMISE_FLAGS) -Iinclude $< -o $@ $(WASM_LINK)

# What this processor lacks is not run.
PROMISE_ISAS = $(foreach isa,baseline avx2 avx512,$(if $(filter $(isa),$(shell DESCENT_ISA=$(isa) $(PYTHON) -c \
  'import sys; sys.path.insert(0, "bindings/python"); import descent; print(descent.active_isa())')),$(isa)))
PROMISE_TARGETS = $(foreach isa,$(PROMISE_ISAS),'x86-64 $(isa)=env DESCENT_ISA=$(isa) build/test/promise') \
  'aarch64=$(AARCH64_RUN) $(AARCH64)/test/promise' 'wasm32=$(WASM_RUN) $(WASM)/test/promise'

.PHONY: promise test-promise
promise test-promise: build/test/promise $(AARCH64)/test/promise $(WASM)/test/promise $(PACKAGES) | needs-qemu-aarch64 needs-node
	$(PYTHON) Tests/Promise/promise.py $(if $(filter promise,$@),--write) $(PROMISE_TARGETS)

# Old processors.
#
# Emulated ones: kvm64 has nothing beyond SSE3. NumPy needs SSE4.2, and so Nehalem, which has no AVX either. OLD_CPU_TESTS is
# what of Python's tests takes half a minute; `make test-old-cpu-all` runs all of them, in five, and the C tests on both.
# What OPENBLAS_CORETYPE says of the real processor is not true of these.
QEMU := env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE qemu-x86_64
OLD_CPU_TESTS := optimizer_bits optimizer_interface losses samplers classifier_functions instruction_sets
OLD_CPU_PYTEST = cd bindings/python && $(QEMU) -cpu Nehalem $(abspath $(PYTHON)) -m pytest

# These go through all algorithms and count memory, which does not depend on the processor: minutes when it is emulated.
NOT_OF_PROCESSORS := %/allocations %/out_of_memory

ifeq ($(shell uname -m),x86_64)

# $(call run_programs,processor,programs): some C programs, and the classifier's, on it.
define run_programs
for program in $(filter-out $(WITH_ARGUMENTS),$(2)); do \
  echo "$(QEMU) -cpu $(1) $$program"; $(QEMU) -cpu $(1) $$program || exit 1; done; \
$(QEMU) -cpu $(1) build/test/train_linear --data $(DIGITS) --feature-maximum 16 --epochs 1 || exit 1
endef

test-old-cpu: $(C_BINARIES) $(REPLAYS) $(PACKAGES) | needs-qemu-x86_64
	@mkdir -p build/old-cpu
	@($(OLD_CPU_PYTEST) $(OLD_CPU_TESTS:%=tests/test_%.py)) >build/old-cpu/pytest.log 2>&1 & python=$$!; \
	$(call run_programs,kvm64,$(filter-out $(NOT_OF_PROCESSORS),$(C_BINARIES))); \
	$(SAME_DIGESTS) build/test && $(SAME_DIGESTS) build/test $(QEMU) -cpu kvm64 || exit 1; \
	wait $$python; status=$$?; tail -n 30 build/old-cpu/pytest.log; exit $$status

test-old-cpu-all: test-old-cpu
	@$(call run_programs,kvm64,$(filter $(NOT_OF_PROCESSORS),$(C_BINARIES))); $(call run_programs,Nehalem,$(C_BINARIES))
	$(OLD_CPU_PYTEST)

else
test-old-cpu test-old-cpu-all:
	@echo "only x86-64 has old processors that other code is compiled for"
endif

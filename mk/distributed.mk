# Several processes. Not a part of `make test` but for its tests with threads, which are among those in C and Python: this
# one wants MPI (Debian's openmpi-bin and libopenmpi-dev) and, for Python, mpi4py and torch in an environment of its own.
# What cannot be installed is said, and its tests are skipped.

.PHONY: test-distributed
MPICC := $(shell command -v mpicc)
MPI_PROGRAMS := $(if $(MPICC),build/test/mpi/train_shards build/test/mpi/network)
DISTRIBUTED := build/distributed

build/test/mpi/%: bindings/c/mpi/%.c bindings/c/mpi/mpi_communicator.h $(C_HEADERS) $(LIBRARY)
	@mkdir -p $(@D)
	$(MPICC) -std=c99 -O2 -g -ffp-contract=off $(WARNINGS) $< -o $@ $(LINK)

# For Benchmarks/distributed/scale.py.
build/test/mpi/exchange: Benchmarks/distributed/exchange.c bindings/c/mpi/mpi_communicator.h $(LIBRARY)
	@mkdir -p $(@D)
	$(MPICC) -std=c99 -O2 -g $(WARNINGS) $< -o $@ $(LINK)

$(DISTRIBUTED)/installed:
	python3 -m venv $(DISTRIBUTED)
	$(DISTRIBUTED)/bin/pip install --quiet numpy pytest
	for package in mpi4py torch; do $(DISTRIBUTED)/bin/pip install --quiet $$package || echo "$$package cannot be installed"; done
	touch $@

test-distributed: $(LIBRARY) $(MPI_PROGRAMS) build/test/processes build/test/failing_processes $(DISTRIBUTED)/installed
	$(if $(MPICC),,@echo "mpicc is missing (apt install openmpi-bin libopenmpi-dev): the tests of MPI in C are skipped")
	build/test/processes
	build/test/failing_processes
	$(DISTRIBUTED)/bin/python -m pytest -q -rs Tests/Distributed

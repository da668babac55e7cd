# Several processes, by MPI (Debian's openmpi-bin and libopenmpi-dev) in C, by mpi4py and by torch in Python, in the environment of
# PyTorch's tests. What cannot be installed is said, and its tests are skipped. Those with threads are among the tests in C.

.PHONY: test-distributed
MPI_PROGRAMS := build/test/mpi/train_shards build/test/mpi/network

build/test/mpi/%: bindings/c/mpi/%.c bindings/c/mpi/mpi_communicator.h $(C_HEADERS) $(LIBRARY)
	@mkdir -p $(@D)
	mpicc -std=c99 -O2 -g -ffp-contract=off $(WARNINGS) $< -o $@ $(LINK)

# For Benchmarks/distributed/scale.py.
build/test/mpi/exchange: Benchmarks/distributed/exchange.c bindings/c/mpi/mpi_communicator.h $(LIBRARY)
	@mkdir -p $(@D)
	mpicc -std=c99 -O2 -g $(WARNINGS) $< -o $@ $(LINK)

.PHONY: setup-distributed
setup-distributed: setup-packages
	@command -v mpicc > /dev/null || { set -x; $(SUDO) apt-get update -q; $(SUDO) env DEBIAN_FRONTEND=noninteractive \
	  apt-get install -y -q --no-install-recommends openmpi-bin libopenmpi-dev; } \
	  || echo "openmpi-bin and libopenmpi-dev could not be installed: the tests of MPI are skipped" >&2
	@$(INSTALL_TORCH)
	@[ -e $(TORCH_VENV)/has-mpi ] || { $(TORCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check mpi4py \
	  && touch $(TORCH_VENV)/has-mpi; } || echo "mpi4py could not be installed: its tests are skipped" >&2

test-distributed: setup-distributed $(LIBRARY)
	$(if $(shell command -v mpicc),$(MAKE) --no-print-directory $(MPI_PROGRAMS),@echo "mpicc is missing: the tests of MPI in C are skipped")
	@if [ -x $(TORCH_VENV)/bin/python ]; then $(TORCH_VENV)/bin/python -m pytest -q -rs Tests/Distributed; \
	else echo "no environment for Python could be made: its tests with several processes are skipped"; fi

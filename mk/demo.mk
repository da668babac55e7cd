# The demonstrations, and the benchmark.
#
# The peers have an environment of their own. BENCHMARK_OPTIONS: --quick, --only PATTERN, --wait SECONDS, --help.
BENCHMARK := build/benchmark
BENCHMARK_PYTHON := PYTHONPATH=bindings/python:Benchmarks $(BENCHMARK)/venv/bin/python
PEERS := $(addprefix Benchmarks/c/,drive_library.c minimize.c move_arrays.c steps.c softmax_blas.c softmax_one_pass.c)
PEER_FLAGS := -std=gnu11 -O3 -march=native -fno-math-errno -Wall -Wextra -Iinclude

.PHONY: demo demo-text benchmark conformance low-precision
demo: setup $(LIBRARY)
	$(PYTHON) bindings/python/demo/compare_optimizers.py

# Debian's packages and their sections, from apt's list; where there is none, the novels. Then the novels again, by the
# program in C, which needs no Python.
NOVELS := bindings/data/novels
demo-text: setup-packages setup-python $(LIBRARY) build/test/train_linear
	$(PYTHON) bindings/python/demo/classify_texts.py
	build/test/train_linear --train $(NOVELS)/train.vw.gz --test $(NOVELS)/test.vw.gz --normalize

# Defaults against scikit-learn's; CONFORMANCE_OPTIONS: --only NAME.
conformance: $(LIBRARY) $(PACKAGES) setup-data
	PYTHONPATH=bindings/python:Benchmarks $(PYTHON) -m conformance --output bindings/CONFORMANCE.md $(CONFORMANCE_OPTIONS)

# State and weights in fewer bits, on real trainings: a quarter of an hour.
low-precision: $(LIBRARY) $(PACKAGES) setup-data
	PYTHONPATH=bindings/python:Benchmarks $(PYTHON) -m low_precision --output bindings/LOW_PRECISION.md

benchmark: $(LIBRARY) $(BENCHMARK)/peers-installed $(BENCHMARK)/libpeers.so $(BENCHMARK)/open_library setup-data
	$(BENCHMARK_PYTHON) -m speed $(BENCHMARK_OPTIONS)

$(BENCHMARK)/peers-installed: Benchmarks/install_peers.sh
	sh $< $(BENCHMARK)/venv
	@touch $@

$(BENCHMARK)/libpeers.so: $(PEERS) Benchmarks/c/clock.h include/descent.h | openblas
	@mkdir -p $(@D)
	gcc $(PEER_FLAGS) -fopenmp -fPIC -shared $(PEERS) -o $@ -lopenblas -lm -ldl

$(BENCHMARK)/open_library: Benchmarks/c/open_library.c Benchmarks/c/clock.h
	@mkdir -p $(@D)
	gcc $(PEER_FLAGS) $< -o $@ -ldl

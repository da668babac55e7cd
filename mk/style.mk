# Style, and files that are made from others.

SWIFT_SOURCES := Package.swift Tests Sources/Descent Sources/DescentABI Sources/Kernels
PYTHON_SOURCES := bindings packaging Tests Benchmarks

lint: $(PACKAGES)
	swift format lint --strict --recursive --parallel $(SWIFT_SOURCES)
	$(VENV)/bin/ruff check --quiet --config bindings/python/pyproject.toml $(PYTHON_SOURCES)
	$(VENV)/bin/ruff format --check --quiet --config bindings/python/pyproject.toml $(PYTHON_SOURCES)
	cd bindings/python && $(abspath $(VENV))/bin/mypy --no-error-summary --cache-dir $(abspath build/mypy)

.PHONY: lint format stubs abi
# The Python package's type stubs are made from the library's table.
stubs: $(LIBRARY) $(PACKAGES)
	PYTHONPATH=bindings/python $(PYTHON) bindings/python/type_stubs.py

format: $(PACKAGES)
	swift format --in-place --recursive --parallel $(SWIFT_SOURCES)
	$(VENV)/bin/ruff format --config bindings/python/pyproject.toml $(PYTHON_SOURCES)

# What compiled programs rely on: describes what is new, and refuses what would break them.
abi: $(LIBRARY) $(PACKAGES)
	$(PYTHON) Tests/Compatibility/description.py

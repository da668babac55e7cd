# The Python package's wheels for both processors, each with the library in it. auditwheel must find no newer symbols, and
# no other libraries, than a wheel's name promises.
WHEELS := build/wheels
PIP_WHEEL := $(PYTHON) -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir $(WHEELS)

.PHONY: wheels
wheels: $(LIBRARY) $(AARCH64_LIBRARY) $(PACKAGES)
	rm -rf $(WHEELS)
	$(PIP_WHEEL) bindings/python
	DESCENT_TARGET=aarch64-linux $(PIP_WHEEL) bindings/python
	$(PYTHON) packaging/check_wheels.py $(WHEELS)/*.whl

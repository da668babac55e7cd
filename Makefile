# libdescent. `make` builds the library, `make demo` shows it, `make test` checks everything; each installs what is
# missing. CONTRIBUTING.md says more.

VERSION := 0.1.0
SONAME := libdescent.so.0
LIBRARY := build/lib/libdescent.so
SOURCES := Package.swift $(shell find -L Sources include -name '*.swift' -o -name '*.h' -o -name '*.c' -o -name '*.map')

CC ?= cc
CXX ?= c++
WARNINGS := -Wall -Wextra -pedantic -Werror
LINK := -Iinclude -Lbuild/lib -Wl,-rpath,$(abspath build/lib) -ldescent -lm
VENV := .venv
PYTHON := $(VENV)/bin/python

.PHONY: all demo test test-swift test-c test-python test-library lint format clean
all: $(LIBRARY)

# --- What must be installed ------------------------------------------------------------------------------------------

# $(call need,test,package): installs a Debian package unless the test passes.
define need
@if ! { $(1); } >/dev/null 2>&1; then \
  echo "installing $(2)"; \
  $(if $(filter 0,$(shell id -u)),,sudo) sh -c 'apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $(2)' >/dev/null \
    || { echo "$(2) is missing and could not be installed: please install it and try again" >&2; exit 1; }; \
fi
endef

has_openblas = echo '\#include <cblas.h>' | $(CC) -E -

.PHONY: openblas
openblas:
	$(call need,$(has_openblas),libopenblas-dev)

$(PYTHON): bindings/python/requirements.txt
	$(call need,python3 -c 'import venv$(comma) ensurepip',python3-venv)
	python3 -m venv $(VENV)
	$(PYTHON) -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@
comma := ,

# --- The library -----------------------------------------------------------------------------------------------------

$(LIBRARY): $(SOURCES) | openblas
	swift build -c release --traits Embedded --scratch-path .build-embedded --product descent
	@mkdir -p build/lib
	cp -f .build-embedded/release/libdescent.so build/lib/libdescent.so.$(VERSION)
	ln -sf libdescent.so.$(VERSION) build/lib/$(SONAME)
	ln -sf $(SONAME) $(LIBRARY)
	@touch -h $(LIBRARY)

clean:
	rm -rf build .build .build-embedded

# What must be installed. Only `make setup` installs anything (and `make test` and `make demo`, which run it); all other
# targets say what is missing.

SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
PACKAGES := $(VENV)/packages-are-installed
FASHION_MNIST := /usr/share/datasets/fashion-mnist

has_openblas = echo '\#include <cblas.h>' | $(CC) -E -
has_venv = python3 -c 'import venv$(comma) ensurepip'

# $(call missing,test,package): the package unless the test passes.
missing = $(shell { $(1); } >/dev/null 2>&1 || echo $(2))
NEEDED = $(call missing,$(has_openblas),libopenblas-dev) $(call missing,$(has_venv),python3-venv) \
  $(call missing,valgrind --version,valgrind) $(call missing,cmake --version,cmake) \
  $(call missing,pkg-config --version,pkg-config) $(call missing,qemu-x86_64 --version,qemu-user)

.PHONY: setup setup-packages setup-data openblas
setup: setup-packages setup-python setup-data

setup-packages:
	@needed="$(strip $(NEEDED))"; [ -z "$$needed" ] || { \
	  set -x; $(SUDO) apt-get update -q && $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -q $$needed; } \
	  || { echo "please install these packages and try again: $$needed" >&2; exit 1; }

# A virtual environment in .venv, with the packages that the tests need.
.PHONY: setup-python
setup-python: setup-packages
	@[ $(PACKAGES) -nt bindings/python/requirements.txt ] || { set -x; python3 -m venv $(VENV) \
	  && $(PYTHON) -m pip install --quiet --disable-pip-version-check -r bindings/python/requirements.txt \
	  && touch $(PACKAGES); }

# The demonstration's data set, of a Debian package. Without it the demonstration takes the small one in the repository.
setup-data:
	@[ -d $(FASHION_MNIST) ] || { set -x; $(SUDO) apt-get update -q; $(SUDO) env DEBIAN_FRONTEND=noninteractive \
	  apt-get install -y -q dataset-fashion-mnist; } \
	  || echo "dataset-fashion-mnist could not be installed: demonstrations take the small data set of the repository" >&2

openblas:
	@{ $(has_openblas); } >/dev/null 2>&1 || { \
	  echo "cblas.h is missing (on Debian: libopenblas-dev): \`make setup\` installs it" >&2; exit 1; }

$(PACKAGES): bindings/python/requirements.txt
	@echo "the Python packages for the tests are missing or outdated: \`make setup\` installs them in $(VENV)" >&2; exit 1

# A tool of the system, as an order-only prerequisite of what cannot do without it.
needs-%:
	@command -v $* >/dev/null 2>&1 || { echo "$* is missing: \`make setup\` installs it" >&2; exit 1; }

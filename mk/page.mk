# The page to learn from: one file that carries the library as WebAssembly, for any web server or none.
PAGE := build/page/index.html
PAGE_SOURCES := $(shell find bindings/javascript/page -type f) $(wildcard bindings/javascript/*.js bindings/data/optical-digits/*.gz)
PAGE_PACKAGES = $(call missing,command -v chromium,chromium) $(call missing,command -v chromedriver,chromium-driver)

.PHONY: page setup-page test-page page-frames
page: $(PAGE)

$(PAGE): packaging/bundle_page.py $(PAGE_SOURCES) $(WASM_LIBRARY)
	python3 $< $(WASM_LIBRARY) $@

# Its tests, in Debian's Chromium without a window, against what the library of this machine computes. Chromium takes 100 MB;
# where it cannot be installed the tests are skipped.
setup-page: setup-packages
	@needed="$(strip $(PAGE_PACKAGES))"; [ -z "$$needed" ] || { set -x; $(SUDO) apt-get update -q; \
	  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $$needed; } \
	  || echo "could not be installed: $$needed; the tests of the page will be skipped" >&2

test-page: $(PAGE) $(LIBRARY) $(PACKAGES) | needs-node
	node --test Tests/Page
	PYTHONPATH=bindings/python $(PYTHON) -m pytest -q -rs Tests/Page

# How smoothly it runs here. Not a test.
page-frames: $(PAGE)
	python3 Tests/Page/frames.py

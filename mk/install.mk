# `make install PREFIX=... DESTDIR=...`. Pass `make uninstall` the same variables. An empty PYTHONDIR skips the Python package,
# an empty STRIP keeps the debug information.
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
PYTHONDIR ?= $(shell python3 packaging/python_folder.py '$(PREFIX)')
INSTALL ?= install
STRIP ?= strip
INSTALLATION = VERSION='$(VERSION)' SONAME='$(SONAME)' PREFIX='$(PREFIX)' LIBDIR='$(LIBDIR)' INCLUDEDIR='$(INCLUDEDIR)' \
  PYTHONDIR='$(PYTHONDIR)' DESTDIR='$(DESTDIR)' INSTALL='$(INSTALL)' STRIP='$(STRIP)' packaging/install.sh

.PHONY: install uninstall
install: $(LIBRARY) $(STATIC_LIBRARY)
	@$(INSTALLATION) install

uninstall:
	@$(INSTALLATION) uninstall

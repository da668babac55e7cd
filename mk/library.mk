# The library, as users link it.

$(LIBRARY): $(SOURCES)
	@# The package manager does not notice that the linker's script has changed.
	@test .build-embedded/release/libdescent.so -nt Sources/DescentABI/exports.map || rm -f .build-embedded/release/libdescent.so
	swift build -c release --traits Embedded --scratch-path .build-embedded --product descent
	@mkdir -p build/lib
	cp -f .build-embedded/release/libdescent.so build/lib/libdescent.so.$(VERSION)
	ln -sf libdescent.so.$(VERSION) build/lib/$(SONAME)
	ln -sf $(SONAME) $(LIBRARY)
	@touch -h $(LIBRARY)

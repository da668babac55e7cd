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

# The static library: one object with what the functions of the header need, and nobody sees anything but them. So it goes
# together with other Swift code, and with the shared library, in one program. It has no versions: a program gets the function
# of today's header.
STATIC_LIBRARY := build/lib/libdescent.a
ARCHIVE := .build-embedded/release/libdescent-archive.a

$(STATIC_LIBRARY): $(LIBRARY)
	rm -f $(ARCHIVE) # else the objects of former sources stay in it
	swift build -c release --traits Embedded --scratch-path .build-embedded --product descent-archive
	ld -r --gc-sections $$($(LLVM)nm --defined-only $(ARCHIVE) | sed -n 's/.* T \(descent_.*\)/-u \1/p') -o $@.o $(ARCHIVE)
	$(LLVM)objcopy --redefine-sym=descent_fit_options_init@@DESCENT_0.2=descent_fit_options_init $@.o
	$(LLVM)objcopy --wildcard --keep-global-symbol='descent_*' --localize-symbol='descent_*@DESCENT_*' $@.o
	rm -f $@
	$(LLVM)ar rcs $@ $@.o
	rm $@.o

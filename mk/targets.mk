# Other processors: `make TARGET=aarch64-linux` and `make TARGET=wasm32` build build/<TARGET>/... from the same package, on
# any machine. The toolchain has Embedded Swift's standard library for processors without a system only, so Swift compiles
# for such a one, with the C headers of the real target; that their calling conventions are the same is what makes it work.
# CPlatform has what differs in the sources.
TARGET := native
MACHINE := $(shell uname -m)
LLVM_BIN = $(dir $(realpath $(shell which swift)))
CLANG = $(LLVM_BIN)clang
LLVM = $(LLVM_BIN)llvm-

TRIPLE_aarch64-linux := aarch64-linux-gnu
SWIFT_TRIPLE_aarch64-linux := aarch64-none-none-elf
INCLUDE_aarch64-linux := $(if $(filter aarch64,$(MACHINE)),/usr/include,/usr/aarch64-linux-gnu/include)
FLAGS_aarch64-linux := -fPIC

TRIPLE_wasm32 := wasm32-wasi
SWIFT_TRIPLE_wasm32 := wasm32-unknown-none-wasm
INCLUDE_wasm32 := /usr/include/wasm32-wasi
FLAGS_wasm32 := -msimd128

# $(call archive,target): the archive of the library's objects, as the package manager leaves it.
archive = .build-$(1)/$(SWIFT_TRIPLE_$(1))/release/libdescent-archive.a

# For C and Swift's view of it, and for Swift alone.
target_flags = --target=$(TRIPLE_$(1)) $(FLAGS_$(1)) -isystem $(INCLUDE_$(1))
# The package manager would leave the objects of former sources in the archive.
build_archive = rm -f $(call archive,$(1)); DESCENT_TARGET=$(1) swift build -c release --traits Embedded --triple $(SWIFT_TRIPLE_$(1)) \
  --scratch-path .build-$(1) --product descent-archive $(addprefix -Xcc ,$(call target_flags,$(1))) \
  $(addprefix -Xswiftc ,-Xfrontend -clang-target -Xfrontend $(TRIPLE_$(1)))

.PHONY: needs-headers-%
needs-headers-%:
	@test -e $(INCLUDE_$*)/stdlib.h || { echo "the C library's headers for $* are missing: \`make setup\` installs them" >&2; exit 1; }
LIBRARY_native = $(LIBRARY)
LIBRARY_aarch64-linux = $(AARCH64_LIBRARY)
LIBRARY_wasm32 = $(WASM_LIBRARY)

# Their tests, which are a part of `make test`. What they need is installed where it can be; without it they are skipped.
TARGET_PACKAGES = $(call missing,test -e $(INCLUDE_aarch64-linux)/stdlib.h,gcc-aarch64-linux-gnu libc6-dev-arm64-cross) \
  $(call missing,test -e $(INCLUDE_wasm32)/stdlib.h,wasi-libc libclang-rt-dev-wasm32) $(call missing,node --version,nodejs) \
  $(call missing,tsc --version,node-typescript) $(call missing,command -v musl-gcc,musl-tools)

# $(call test_if,file,target of make)
test_if = if [ -e $(1) ]; then $(MAKE) $(2); else echo "$(2) is skipped: $(1) is missing" >&2; fi

.PHONY: setup-targets test-targets
setup-targets: setup-packages
	@needed="$(strip $(TARGET_PACKAGES))"; [ -z "$$needed" ] || { set -x; $(SUDO) apt-get update -q; \
	  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $$needed; } \
	  || echo "could not be installed: $$needed; some tests of other processors will be skipped" >&2

test-targets: setup-targets
	@$(call test_if,$(INCLUDE_aarch64-linux)/stdlib.h,test-aarch64)
	@$(call test_if,$(INCLUDE_wasm32)/stdlib.h,test-wasm)
	@$(call test_if,$(INCLUDE_wasm32)/stdlib.h,setup-page test-page)
	@if [ -e $(INCLUDE_aarch64-linux)/stdlib.h ]; then $(call test_if,$(INCLUDE_wasm32)/stdlib.h,test-promise); fi

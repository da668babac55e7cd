# Other processors: `make TARGET=aarch64-linux` and `make TARGET=wasm32` build build/<TARGET>/... from the same package, on
# any machine. The toolchain has Embedded Swift's standard library for processors without a system only, so Swift compiles
# for such a one, with the C headers of the real target; that their calling conventions are the same is what makes it work.
# CPlatform has what differs in the sources.
TARGET := native
LLVM_BIN = $(dir $(realpath $(shell which swift)))
CLANG = $(LLVM_BIN)clang
LLVM = $(LLVM_BIN)llvm-

TRIPLE_aarch64-linux := aarch64-linux-gnu
SWIFT_TRIPLE_aarch64-linux := aarch64-none-none-elf
INCLUDE_aarch64-linux := $(firstword $(wildcard /usr/aarch64-linux-gnu/include) /usr/include)
FLAGS_aarch64-linux := -fPIC

TRIPLE_wasm32 := wasm32-wasi
SWIFT_TRIPLE_wasm32 := wasm32-unknown-none-wasm
INCLUDE_wasm32 := /usr/include/wasm32-wasi
FLAGS_wasm32 := -msimd128

# $(call archive,target): the archive of the library's objects, as the package manager leaves it.
archive = .build-$(1)/$(SWIFT_TRIPLE_$(1))/release/libdescent-archive.a

# For C and Swift's view of it, and for Swift alone.
target_flags = --target=$(TRIPLE_$(1)) $(FLAGS_$(1)) -isystem $(INCLUDE_$(1))
build_archive = DESCENT_TARGET=$(1) swift build -c release --traits Embedded --triple $(SWIFT_TRIPLE_$(1)) \
  --scratch-path .build-$(1) --product descent-archive $(addprefix -Xcc ,$(call target_flags,$(1))) \
  $(addprefix -Xswiftc ,-Xfrontend -clang-target -Xfrontend $(TRIPLE_$(1)))

.PHONY: needs-headers-%
needs-headers-%:
	@test -e $(INCLUDE_$*)/stdlib.h || { echo "the C library's headers for $* are missing: \`make setup\` installs them" >&2; exit 1; }
LIBRARY_native = $(LIBRARY)
LIBRARY_aarch64-linux = $(AARCH64_LIBRARY)
LIBRARY_wasm32 = $(WASM_LIBRARY)

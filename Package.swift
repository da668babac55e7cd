// swift-tools-version: 6.1
import PackageDescription

/// The shipped library is Embedded Swift (`swift build -c release --traits Embedded`); everything else, and `swift test`,
/// is ordinary Swift. The Makefile knows the commands.
let embedded: SwiftSetting = .enableExperimentalFeature("Embedded", .when(traits: ["Embedded"]))

/// A square root must not check for negative numbers and call the C library; and no product may be fused with a sum, which
/// clang does of its own accord for processors that can, and which changes bits.
let arithmetic = ["-fno-math-errno", "-ffp-contract=off"]
let arithmeticSwift: SwiftSetting = .unsafeFlags(arithmetic.flatMap { ["-Xcc", $0] })
let arithmeticC: CSetting = .unsafeFlags(arithmetic)

/// A section for each function lets the linker leave out those that nobody calls, and keep one of those that are alike
/// (`--icf`). The hashes for incremental compilation would stay in the library, and a trap for each place that may fail.
let sections: SwiftSetting = .unsafeFlags(
  ["-function-sections", "-disable-incremental-llvm-codegen", "-mergeable-traps"].flatMap { ["-Xfrontend", $0] },
  .when(configuration: .release))

/// Debug information of version 5, the default, is more than Debian 12's valgrind can read.
let dwarf: SwiftSetting = .unsafeFlags(["-dwarf-version=4", "-Xcc", "-gdwarf-4"], .when(configuration: .release))
let dwarfC: CSetting = .unsafeFlags(["-gdwarf-4"], .when(configuration: .release))

/// The processor that is built for: another than this machine's by `make TARGET=...`.
#if arch(x86_64)
  let isX86 = Context.environment["DESCENT_TARGET"] == nil
#else
  let isX86 = false
#endif

/// Small code: no copy of a function for each closure that it is called with. In the engine these are for
/// lines, tensors and passes, not for elements. And what many functions do alike, they call; WebAssembly has no place for
/// that.
let outliner = isX86 ? ["-Xllvm", "-enable-machine-outliner=always"] : []
let small: SwiftSetting = .unsafeFlags(
  ["-Osize", "-Xllvm", "-sil-disable-pass=closure-specialize"] + outliner, .when(configuration: .release))

let engine: [SwiftSetting] = [
  embedded, .enableExperimentalFeature("RawLayout"), arithmeticSwift, sections, dwarf, small,
]

/// Kernels are compiled once for each instruction set, from the same folder. Only their loops begin at certain addresses:
/// functions that do would leave 5 KB of gaps.
func kernels(_ instructionSet: String, architecture: String? = nil) -> Target {
  let march = architecture.map { ["-Xcc", "-march=\($0)"] } ?? []
  return .target(
    name: instructionSet,
    dependencies: ["CDescentKernels"],
    swiftSettings: [
      embedded,
      .define("SIMD_\(instructionSet)"),
      arithmeticSwift,
      sections,
      dwarf,
      .unsafeFlags(march),
      .unsafeFlags(["-Ounchecked", "-Xllvm", "-align-all-functions=1"], .when(configuration: .release)),
    ])
}

let kernelTargets: [Target] =
  isX86
  ? [
    kernels("Kernels", architecture: "x86-64"),
    kernels("KernelsAVX2", architecture: "x86-64-v3"),
    kernels("KernelsAVX512", architecture: "x86-64-v4"),
  ] : [kernels("Kernels")]
let kernelDependencies = kernelTargets.map { Target.Dependency(stringLiteral: $0.name) }

let package = Package(
  name: "libdescent",
  products: [
    .library(name: "descent", type: .dynamic, targets: ["DescentABI"]),
    .library(name: "descent-archive", type: .static, targets: ["DescentABI"]),
  ],
  traits: [.trait(name: "Embedded", description: "Build the shipped library: no Swift runtime.")],
  targets: kernelTargets + [
    .systemLibrary(name: "CDescent", path: "include"),
    .systemLibrary(name: "COpenBLAS", providers: [.apt(["libopenblas-dev"])]),
    .target(name: "CDescentKernels", cSettings: [arithmeticC, dwarfC]),
    .target(name: "CPlatform", cSettings: [arithmeticC, dwarfC]),
    .target(
      name: "Descent",
      dependencies: ["CDescentKernels", "COpenBLAS", "CPlatform"] + kernelDependencies,
      swiftSettings: engine),
    .target(
      name: "DescentABI",
      dependencies: ["CDescent", "Descent", "CPlatform"],
      exclude: ["exports.map"],
      swiftSettings: engine,
      linkerSettings: [
        .linkedLibrary("m"),
        .unsafeFlags(
          [
            "-Xlinker", "--version-script=\(Context.packageDirectory)/Sources/DescentABI/exports.map",
            "-Xlinker", "-soname=libdescent.so.0", "-Xlinker", "--gc-sections", "-Xlinker", "--icf=all", "-use-ld=lld",
          ],
          .when(traits: ["Embedded"])),
      ]),
    .target(
      name: "TestSupport",
      dependencies: ["CDescentKernels", "CPlatform"] + kernelDependencies,
      path: "Tests/TestSupport"),
    .testTarget(name: "KernelTests", dependencies: ["TestSupport", "CDescentKernels"]),
    .testTarget(name: "DescentTests", dependencies: ["Descent", "TestSupport"]),
    .testTarget(name: "ABITests", dependencies: ["CDescent", "DescentABI", "TestSupport"]),
  ]
)

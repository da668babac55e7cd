import CDescentKernels
import CPlatform
import Kernels

#if canImport(KernelsAVX2)
  import KernelsAVX2
  import KernelsAVX512
#endif

/// The kernels of the instruction set that this process uses, chosen in the first call.
var kernels: UnsafeMutablePointer<kernel_table> {
  platform_once { selectKernels(kernel_active()) }
  return kernel_active()
}

/// The name of that instruction set.
public var activeInstructionSet: UnsafePointer<CChar> { kernels.pointee.instruction_set }

private func selectKernels(_ table: UnsafeMutablePointer<kernel_table>) {
  let wanted = platform_environment("DESCENT_ISA")
  Kernels.kernelTable(table)
  #if canImport(KernelsAVX2)
    let forced = wanted.map { platform_supports($0) } ?? false
    // Best first; a set that was asked for and can run goes before all.
    if isChosen("avx512", wanted, forced) {
      table.pointee.multiplies_halves = platform_supports("avx512_bf16")
      return KernelsAVX512.kernelTable(table)
    }
    if isChosen("avx2", wanted, forced) { return KernelsAVX2.kernelTable(table) }
  #endif
}

private func isChosen(_ name: StaticString, _ wanted: UnsafePointer<CChar>?, _ forced: Bool) -> Bool {
  let name = cString(name)
  if forced, let wanted { return isSameText(wanted, name) }
  return platform_supports(name)
}

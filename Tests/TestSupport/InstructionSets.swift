import CDescentKernels
import CPlatform
import Kernels

#if canImport(KernelsAVX2)
  import KernelsAVX2
  import KernelsAVX512
#endif

/// The kernel table of each instruction set that this machine can run, the baseline first.
public func availableKernels() -> [UnsafeMutablePointer<kernel_table>] {
  var fillers: [(UnsafeMutablePointer<kernel_table>) -> Void] = [{ _ in }]
  #if canImport(KernelsAVX2)
    if platform_supports("avx2") { fillers.append { KernelsAVX2.kernelTable($0) } }
    if platform_supports("avx512") { fillers.append { KernelsAVX512.kernelTable($0) } }
  #endif
  return fillers.map { fill in
    let table = UnsafeMutableRawPointer.allocate(byteCount: MemoryLayout<kernel_table>.size, alignment: 64)
    table.initializeMemory(as: UInt8.self, repeating: 0, count: MemoryLayout<kernel_table>.size)
    let kernels = table.assumingMemoryBound(to: kernel_table.self)
    // The baseline describes the rules for all.
    Kernels.kernelTable(kernels)
    fill(kernels)
    return kernels
  }
}

extension UnsafeMutablePointer<kernel_table> {
  public var instructionSet: String { String(cString: pointee.instruction_set) }

  public var rules: [UnsafePointer<kernel_rule>] {
    (0..<pointee.rule_count).map { UnsafePointer(kernel_rule_at(self, $0)) }.filter { kernel_rule_has_loop($0) }
  }

  public var losses: [UnsafePointer<kernel_loss>] {
    (0..<pointee.loss_count).map { UnsafePointer(kernel_loss_at(self, $0)) }
  }
}

extension kernel_update {
  public mutating func setConstants(_ numbers: [Double]) {
    withUnsafeMutableBytes(of: &constants) { target in numbers.withUnsafeBytes { target.copyMemory(from: $0) } }
  }

  /// nil for a state that is not there.
  public mutating func setState(_ buffers: [UnsafeMutableRawPointer?]) {
    withUnsafeMutableBytes(of: &state) {
      let pointers = $0.bindMemory(to: UnsafeMutableRawPointer?.self)
      for (index, buffer) in buffers.enumerated() { pointers[index] = buffer }
    }
  }
}

extension UnsafePointer<kernel_rule> {
  public var name: String { String(cString: pointee.name) }

  /// Whether there is textbook code in Swift to compare with.
  public var hasTextbook: Bool { TextbookRule(rawValue: name) != nil }

  /// The state buffers that are there with all options.
  public var stateNames: [String] {
    (0..<pointee.state_count).filter { kernel_rule_state_needs(self, $0) == 0 }
      .map { String(cString: kernel_rule_state_name(self, $0)!) }
  }
}

extension UnsafePointer<kernel_loss> {
  public var name: String { String(cString: pointee.name) }
}

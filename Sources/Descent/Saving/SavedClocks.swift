import CDescentKernels

// A tensor's own count of steps, and what the rule keeps of it, where that is not the optimizer's and its group's.

extension Optimizer {
  func writeClocks(_ fields: inout Fields) throws(Failure) {
    for index in 0..<clocks.count where clocks[index].pointee.steps != stepCount {
      try listClock(&fields, index, clocks[index])
    }
  }

  /// Whoever has no count of its own has made all steps.
  mutating func readClocks(_ fields: inout Fields) throws(Failure) {
    var some = false
    for index in 0..<state.count where fields.has("tensor.\(index).step_count", whenWriting: false) { some = true }
    if !some { return }
    if !canHaveClocks {
      throw Failure(.corruptState, "step_count: tensors of \(algorithm.name) have none of their own")
    }
    try makeOwnClocks()
    for index in 0..<state.count where fields.has("tensor.\(index).step_count", whenWriting: false) {
      try listClock(&fields, index, clocks[index])
    }
  }

  private func listClock(
    _ fields: inout Fields, _ index: Int, _ clock: UnsafeMutablePointer<TensorClocks.Clock>
  ) throws(Failure) {
    try fields.number(named: "tensor.\(index).step_count", &clock.pointee.steps, upTo: stepCount)
    for place in 0..<algorithm.scalarCount {
      try fields.real(named: "tensor.\(index).kept.\(algorithm.scalarName(place))", &clock.pointee.scalars[place])
    }
  }
}

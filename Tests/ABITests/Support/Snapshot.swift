import CDescent
import DescentABI

/// Everything of a caller's that a failing call must leave as it is, byte by byte.
struct Snapshot {
  private var parts: [(name: String, bytes: [UInt8])] = []

  init(of caller: Caller) {
    for block in caller.blocks { parts.append((block.name, block.bytes)) }
    add(optimizer: caller.fresh, "fresh optimizer", elementSizes: [])
    add(
      optimizer: caller.stepped, "stepped optimizer",
      elementSizes: caller.tensors.map { $0.dtype == DESCENT_FLOAT32 ? 4 : 8 })
    add(optimizer: caller.trainer, "trainer", elementSizes: [4, 4])
    add(classifier: caller.classifier, caller.data)
  }

  /// The names of the parts that differ.
  func differences(from other: Snapshot) -> [String] {
    if parts.count != other.parts.count { return ["the number of parts"] }
    return zip(parts, other.parts).filter { $0.name != $1.name || $0.bytes != $1.bytes }.map(\.0.name)
  }

  private mutating func add(_ name: String, _ value: some Any) {
    parts.append((name, withUnsafeBytes(of: value) { Array($0) }))
  }

  private mutating func add(optimizer: OpaquePointer, _ name: String, elementSizes: [Int]) {
    add("\(name): steps", descent_optimizer_step_count(optimizer))
    add("\(name): algorithm", descent_optimizer_algorithm(optimizer).rawValue)
    for index in 0..<descent_option_count() {
      var value = -1.0
      let status = descent_optimizer_get(optimizer, descent_option_at(index), &value)
      add("\(name): option \(index)", status == DESCENT_OK ? value.bitPattern : 0)
    }
    // One tensor more than it knows: the refusal says how many it knows.
    for tensor in 0...elementSizes.count {
      var buffer = 0
      while let stateName = descent_algorithm_state_name(descent_optimizer_algorithm(optimizer), buffer) {
        let what = "\(name): tensor \(tensor), \(String(cString: stateName))"
        var (data, count) = (nil as UnsafeMutableRawPointer?, 0)
        if descent_optimizer_state(optimizer, tensor, stateName, &data, &count) == DESCENT_OK {
          let size = tensor < elementSizes.count ? elementSizes[tensor] : 1
          parts.append((what, Array(UnsafeRawBufferPointer(start: data, count: count * size))))
        } else {
          parts.append((what, Array(lastError.utf8)))
        }
        buffer += 1
      }
    }
  }

  private mutating func add(classifier: OpaquePointer, _ data: descent_dataset) {
    var (weights, bias) = (nil as UnsafeMutablePointer<Float>?, nil as UnsafeMutablePointer<Float>?)
    assertOK(descent_classifier_parameters(classifier, &weights, &bias))
    parts.append(
      ("W", Array(UnsafeRawBufferPointer(start: weights, count: Caller.dimension * Caller.classes * 4))))
    parts.append(("b", Array(UnsafeRawBufferPointer(start: bias, count: Caller.classes * 4))))
    // l2 shows in the loss only.
    var loss = 0.0
    withUnsafePointer(to: data) { assertOK(descent_classifier_evaluate(classifier, $0, &loss, nil)) }
    add("l2", loss.bitPattern)
  }
}

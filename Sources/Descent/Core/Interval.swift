/// The finite numbers from a least to a greatest one; infinity stands for an end that is open.
struct Interval {
  let minimum: Double
  let maximum: Double

  func contains(_ value: Double) -> Bool { value.isFinite && value >= minimum && value <= maximum }

  /// As a reader writes it: `[0, inf)`, `[0, 1)` where the maximum is the last number below 1, and `(0, 1]` where the minimum
  /// is the first one above 0.
  var text: Message {
    var text: Message = "[\(minimum), "
    if minimum == .leastNonzeroMagnitude { text = "(0, " }
    if maximum == .infinity { return "\(text)inf)" }
    return maximum == maximum.rounded() ? "\(text)\(maximum)]" : "\(text)\(maximum.nextUp))"
  }
}

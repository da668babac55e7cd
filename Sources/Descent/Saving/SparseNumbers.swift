extension Fields {
  /// The fewest numbers for which it is worth while to leave out zeros.
  private static var fewest: Int { 4096 }

  /// Lists floats of which most may be 0. Then they are a bit for each of them that says whether it is anything else,
  /// `name.used`, and those which are, `name.values`. So no more memory is needed to read them than 32 times the bytes.
  /// Returns whether it is so.
  mutating func mostlyZeros(
    _ name: StaticString, _ shape: EntryShape, _ numbers: UnsafeMutablePointer<Float>
  ) throws(Failure) -> Bool {
    let (count, bits) = (shape.count, Self.bits(shape.count))
    var used = 0
    if isReading {
      if has("\(name)", whenWriting: false) {
        try array(name, shape, numbers)
        return false
      }
      let place = try take("\(name).used", bits).assumingMemoryBound(to: UInt8.self)
      for index in 0..<bits.count { used += place[index].nonzeroBitCount }
      let values = try take("\(name).values", .row(.float32, used))
      used = 0
      for index in 0..<8 * bits.count where place[index >> 3] >> UInt8(index & 7) & 1 != 0 {
        if index >= count { throw Failure(.corruptState, "\(name).used: has more numbers than \(count)") }
        numbers[index] = Float(
          bitPattern: UInt32(littleEndian: values.loadUnaligned(fromByteOffset: 4 * used, as: UInt32.self)))
        used += 1
      }
      return true
    }
    for index in 0..<count where numbers[index].bitPattern != 0 { used += 1 }
    if count < Self.fewest || used > count / 2 {
      try array(name, shape, numbers)
      return false
    }
    let places = put("\(name).used", bits)?.assumingMemoryBound(to: UInt8.self)
    let values = put("\(name).values", .row(.float32, used))
    guard let places, let values else { return true }
    used = 0
    for index in 0..<count where numbers[index].bitPattern != 0 {
      places[index >> 3] |= 1 << UInt8(index & 7)
      values.storeBytes(of: numbers[index].bitPattern.littleEndian, toByteOffset: 4 * used, as: UInt32.self)
      used += 1
    }
    return true
  }

  /// Those that tell which of so many numbers are not 0.
  static func bits(_ count: Int) -> EntryShape { .row(.uint8, count / 8 + (count % 8 == 0 ? 0 : 1)) }
}

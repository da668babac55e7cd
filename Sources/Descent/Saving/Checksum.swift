/// CRC-64/XZ: the reflected polynomial of ECMA-182 (`0xC96C_5795_D787_0F42`), all bits set at first and inverted at the end.
/// It differs for any two texts that differ in one bit, or in bits that lie within a stretch of 64. That of the text
/// `123456789` is `0x995D_C9BB_DF19_39FA`.
///
/// Eight bytes are taken at a time, each with a table of its own (Kounavis and Berry, "A systematic approach to building
/// high performance software-based CRC generators", 2005); the tables are made anew in each call, which pays from some
/// kilobytes on.
public func checksum(_ bytes: UnsafeRawPointer, count: Int) -> UInt64 {
  var tables = InlineArray<2048, UInt64>(repeating: 0)
  return withUnsafeMutableBytes(of: &tables) { tables in
    let tables = tables.baseAddress!.assumingMemoryBound(to: UInt64.self)
    let isLong = count >= 4096
    fill(tables, count: isLong ? 2048 : 256)
    var remainder = UInt64.max
    var index = 0
    while isLong && index + 8 <= count {
      var word = remainder ^ UInt64(littleEndian: (bytes + index).loadUnaligned(as: UInt64.self))
      remainder = 0
      for place in stride(from: 7, through: 0, by: -1) {
        remainder ^= tables[place << 8 | Int(word & 255)]
        word >>= 8
      }
      index += 8
    }
    while index < count {
      let byte = (bytes + index).load(as: UInt8.self)
      remainder = remainder >> 8 ^ tables[Int(remainder & 255 ^ UInt64(byte))]
      index += 1
    }
    return ~remainder
  }
}

/// Table `k`, of 256 numbers, has what a byte becomes that is followed by `k` zero bytes.
private func fill(_ tables: UnsafeMutablePointer<UInt64>, count: Int) {
  for byte in 0..<256 {
    var remainder = UInt64(byte)
    for _ in 0..<8 { remainder = remainder >> 1 ^ (remainder & 1 == 0 ? 0 : 0xC96C_5795_D787_0F42) }
    tables[byte] = remainder
  }
  for index in 256..<count {
    let shorter = tables[index - 256]
    tables[index] = shorter >> 8 ^ tables[Int(shorter & 255)]
  }
}

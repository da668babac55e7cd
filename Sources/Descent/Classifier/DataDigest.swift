/// A number that tells a data set from others, so that a fit does not go on with the wrong one. It is no protection against
/// whoever means to deceive.
extension Dataset {
  /// Of the features, their type, how many each sample has, and their scale and offset.
  var featureDigest: UInt64 {
    var digest = Digest()
    digest.add(UInt64(type.rawValue))
    digest.add(UInt64(dimension))
    digest.add(UInt64(scale.bitPattern))
    digest.add(UInt64(offset.bitPattern))
    digest.add(features, count: samples * dimension * type.size)
    return digest.value
  }

  /// Of the labels.
  var labelDigest: UInt64? {
    guard let labels else { return nil }
    var digest = Digest()
    digest.add(labels, count: samples * MemoryLayout<Int32>.size)
    return digest.value
  }
}

/// FNV-1a's loop on words of 8 bytes, with a stronger step in between (that of MurmurHash3's finalizer).
private struct Digest {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func add(_ word: UInt64) {
    var mixed = word &* 0xff51_afd7_ed55_8ccd
    mixed ^= mixed >> 33
    value = (value ^ mixed) &* 0x0000_0100_0000_01b3
    value ^= value >> 32
  }

  /// All bytes, or of many 4,096 stretches of 64 bytes at the same distance from each other, the last bytes included.
  mutating func add(_ bytes: UnsafeRawPointer, count: Int) {
    let (stretch, most) = (64, 4096)
    if count <= stretch * most { return addAll(bytes, count: count) }
    for index in 0..<most {
      let place = (count - stretch).multipliedFullWidth(by: index)
      addAll(bytes + (most - 1).dividingFullWidth(place).quotient, count: stretch)
    }
  }

  private mutating func addAll(_ bytes: UnsafeRawPointer, count: Int) {
    var offset = 0
    while offset + 8 <= count {
      add(UInt64(littleEndian: (bytes + offset).loadUnaligned(as: UInt64.self)))
      offset += 8
    }
    var rest: UInt64 = UInt64(count)
    while offset < count {
      rest = rest << 8 | UInt64((bytes + offset).load(as: UInt8.self))
      offset += 1
    }
    add(rest)
  }
}

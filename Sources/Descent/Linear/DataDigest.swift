/// Digests by which a fit recognizes its data when it is resumed. They do not protect against forgery. They are saved, so
/// they must not change from one version to the next.
extension Dataset {
  /// Digest of the features after scaling and shifting. It depends on neither their type nor the instruction set; sparse rows
  /// have another one than the same rows stored in full.
  var featureDigest: UInt64 {
    var digest = Digest()
    digest.add(UInt64(dimension))
    guard let sparse else {
      digest.sample(samples * dimension) { Float(storedValue($0)).bitPattern }
      return digest.value
    }
    let begin = sparse.places(0).lowerBound
    digest.sample(samples) { UInt32(truncatingIfNeeded: sparse.places($0).upperBound - begin) }
    let count = sparse.places(samples - 1).upperBound - begin
    digest.sample(count) { UInt32(sparse.column(begin + $0)) }
    digest.sample(count) { Float(storedValue(begin + $0)).bitPattern }
    return digest.value
  }

  /// Digest of the labels.
  var labelDigest: UInt64? {
    guard let labels else { return nil }
    var digest = Digest()
    digest.sample(samples) { UInt32(bitPattern: labels[$0]) }
    return digest.value
  }

  /// Digest of the targets as the model sees them, in float32.
  func targetDigest(outputs: Int) -> UInt64? {
    guard let targets else { return nil }
    var digest = Digest()
    digest.add(UInt64(outputs))
    digest.sample(samples * outputs) { Float(targets[$0]).bitPattern }
    return digest.value
  }

  /// Digest of the samples' weights.
  var weightDigest: UInt64? {
    guard let weights else { return nil }
    var digest = Digest()
    digest.sample(2 * samples) { UInt32(truncatingIfNeeded: weights[$0 / 2].bitPattern >> ($0 % 2 == 0 ? 0 : 32)) }
    return digest.value
  }
}

/// FNV-1a's loop on words of 8 bytes, with a stronger step in between (that of MurmurHash3's finalizer).
private struct Digest {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func add(_ word: UInt64) {
    value = (value ^ Self.mix(word)) &* 0x0000_0100_0000_01b3
    value ^= value >> 32
  }

  /// Adds all elements if there are at most 4,096; otherwise 16 neighbours from each of 256 equal parts. Their places in
  /// the parts are scattered, so that they do not all fall into the same columns.
  @inline(never)
  mutating func sample(_ count: Int, _ element: (Int) -> UInt32) {
    let (parts, neighbours) = (256, 16)
    if count <= parts * neighbours { return add(0..<count, element) }
    let length = count / parts
    for part in 0..<parts {
      let place = Self.mix(UInt64(part + 1)).multipliedFullWidth(by: UInt64(length - neighbours + 1)).high
      let first = part * length + Int(place)
      add(first..<first + neighbours, element)
    }
  }

  @inline(never)
  private mutating func add(_ range: Range<Int>, _ element: (Int) -> UInt32) {
    add(UInt64(range.count))
    for index in range { add(UInt64(element(index))) }
  }

  private static func mix(_ word: UInt64) -> UInt64 {
    let mixed = word &* 0xff51_afd7_ed55_8ccd
    return mixed ^ mixed >> 33
  }
}

/// Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11): draw `i` of a seed
/// and a stream is a pure function of the three, the same everywhere, in any order.
public struct Philox {
  private let key: SIMD2<UInt32>
  private let stream: SIMD2<UInt32>

  public init(seed: UInt64, stream: UInt64) {
    key = SIMD2(truncatingIfNeeded: SIMD2(seed, seed >> 32))
    self.stream = SIMD2(truncatingIfNeeded: SIMD2(stream, stream >> 32))
  }

  /// 64 random bits. The counter is `(index / 2, stream)`; an even index takes the first two words, an odd one the others.
  public func bits(at index: UInt64) -> UInt64 {
    let pair = pair(index >> 1)
    return index & 1 == 0 ? pair.even : pair.odd
  }

  /// The bits of two draws, number `2 block` and the next, which take no longer than one.
  func pair(_ block: UInt64) -> (even: UInt64, odd: UInt64) {
    let words = Philox.block(
      counter: SIMD4(
        UInt32(truncatingIfNeeded: block), UInt32(truncatingIfNeeded: block >> 32), stream.x, stream.y),
      key: key)
    return (UInt64(words.x) | UInt64(words.y) << 32, UInt64(words.z) | UInt64(words.w) << 32)
  }

  /// Uniform between 0 and 1, neither included: an odd multiple of 2⁻⁵³.
  public func uniform(at index: UInt64) -> Double { (Double(bits(at: index) >> 12) + 0.5) * 0x1p-52 }

  /// Uniform in `0 ..< bound`, too even to tell: no number's probability is off by more than 2⁻⁶⁴.
  public func index(below bound: Int, at index: UInt64) -> Int { Philox.index(below: bound, bits(at: index)) }

  static func index(below bound: Int, _ bits: UInt64) -> Int {
    Int(bits.multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// The ten rounds, in numbers of their own: a vector would be taken apart and put together in each.
  static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var (a, b, c, d) = (counter.x, counter.y, counter.z, counter.w)
    var (first, second) = (key.x, key.y)
    for _ in 0..<10 {
      let (ofA, ofC) = (a.multipliedFullWidth(by: 0xd251_1f53), c.multipliedFullWidth(by: 0xcd9e_8d57))
      (a, b, c, d) = (ofC.high ^ b ^ first, ofC.low, ofA.high ^ d ^ second, ofA.low)
      (first, second) = (first &+ 0x9e37_79b9, second &+ 0xbb67_ae85)
    }
    return SIMD4(a, b, c, d)
  }
}

/// What draws are for; each purpose has streams of its own, so that one seed serves them all.
public enum RandomPurpose: UInt64 {
  case initialization = 1
  case sampling = 2
  case search = 3
  case subset = 4
  case rounding = 5
  case shards = 6

  /// The purpose's stream number `index`.
  public func stream(_ index: UInt32 = 0) -> UInt64 { rawValue << 32 | UInt64(index) }
}

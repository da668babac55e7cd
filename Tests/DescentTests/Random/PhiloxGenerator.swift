@testable import Descent

/// Random cases that are the same in every run.
struct PhiloxGenerator: RandomNumberGenerator {
  private let random: Philox
  private var index: UInt64 = 0

  init(seed: UInt64) { random = Philox(seed: seed, stream: 0) }

  mutating func next() -> UInt64 {
    index += 1
    return random.bits(at: index)
  }
}

@testable import Descent

/// Runs a sampler over whole epochs and returns each epoch's batches.
func drawEpochs(
  _ epochs: Int, samples: Int, batchSize: Int, _ sampling: Sampling, seed: UInt64, labels: [Int32]? = nil,
  classes: Int = 1
) throws -> [[[Int]]] {
  try (labels ?? [Int32](repeating: 0, count: samples)).withUnsafeBufferPointer { labels in
    var sampler = try Sampler(
      samples: samples, batchSize: batchSize, sampling: sampling, seed: seed, labels: labels.baseAddress!)
    var result: [[[Int]]] = []
    for _ in 0..<epochs {
      var batches: [[Int]] = []
      for _ in 0..<sampler.batchesPerEpoch { batches.append(Array(sampler.next())) }
      result.append(batches)
    }
    return result
  }
}

/// Whether the batches of an epoch hold each sample once.
func isPermutation(_ epoch: [[Int]], of samples: Int) -> Bool { epoch.joined().sorted() == Array(0..<samples) }

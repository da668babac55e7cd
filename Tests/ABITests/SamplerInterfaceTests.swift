import CDescent
import DescentABI
import XCTest

/// The functions of descent_sampler, as a C program calls them.
final class SamplerInterfaceTests: XCTestCase {
  private static let samples = 23
  private static let labels = (0..<23).map { Int32($0 % 7 == 0 ? 1_000_000_000 : $0 % 3) }
  private static let weights = (0..<23).map { Double($0 % 4) }
  private static let modes = [
    DESCENT_SAMPLE_SHUFFLE, DESCENT_SAMPLE_REPLACEMENT, DESCENT_SAMPLE_STRATIFIED, DESCENT_SAMPLE_WEIGHTED,
  ]

  private func number(_ sampling: descent_sampling) -> Int32 { Int32(sampling.rawValue) }

  private func make(_ sampling: descent_sampling, batchSize: Int = 5, seed: UInt64 = 4) -> OpaquePointer {
    var sampler: OpaquePointer?
    let status =
      sampling == DESCENT_SAMPLE_WEIGHTED
      ? descent_sampler_create_weighted(Self.samples, batchSize, Self.weights, seed, &sampler)
      : descent_sampler_create(
        Self.samples, batchSize, number(sampling), sampling == DESCENT_SAMPLE_STRATIFIED ? Self.labels : nil, seed,
        &sampler)
    XCTAssertEqual(status, DESCENT_OK, String(cString: descent_last_error()))
    return sampler!
  }

  /// The next batch. Nothing behind it is written to.
  private func next(_ sampler: OpaquePointer, batchSize: Int = 5) -> [Int] {
    var indices = [Int](repeating: -1, count: batchSize)
    var count = -1
    XCTAssertEqual(descent_sampler_next(sampler, &indices, &count), DESCENT_OK)
    XCTAssert(indices[count...].allSatisfy { $0 == -1 })
    return Array(indices[..<count])
  }

  private func position(_ sampler: OpaquePointer) -> [UInt64] {
    var (epoch, batch): (UInt64, Int) = (99, 99)
    XCTAssertEqual(descent_sampler_position(sampler, &epoch, &batch), DESCENT_OK)
    return [epoch, UInt64(batch)]
  }

  func testEpochs() {
    for mode in Self.modes {
      let sampler = make(mode)
      defer { descent_sampler_free(sampler) }
      XCTAssertEqual(descent_sampler_batches(sampler), 5)
      var orders: Set<[Int]> = []
      for epoch in 0..<10 {
        var order: [Int] = []
        for batch in 0..<5 {
          XCTAssertEqual(position(sampler), [UInt64(epoch), UInt64(batch)])
          let drawn = next(sampler)
          XCTAssertEqual(drawn.count, batch == 4 ? 3 : 5)
          order += drawn
        }
        orders.insert(order)
        if mode == DESCENT_SAMPLE_SHUFFLE || mode == DESCENT_SAMPLE_STRATIFIED {
          XCTAssertEqual(order.sorted(), Array(0..<Self.samples), "\(mode)")
        }
        XCTAssert(order.allSatisfy { (0..<Self.samples).contains($0) })
        if mode == DESCENT_SAMPLE_WEIGHTED { XCTAssert(order.allSatisfy { Self.weights[$0] > 0 }) }
      }
      XCTAssertEqual(orders.count, 10, "\(mode): an epoch repeats another")
    }
  }

  func testWeightedFrequencies() {
    let sampler = make(DESCENT_SAMPLE_WEIGHTED, seed: 9)
    defer { descent_sampler_free(sampler) }
    var counts = [Int](repeating: 0, count: Self.samples)
    for _ in 0..<20_000 { for sample in next(sampler) { counts[sample] += 1 } }
    let total = Double(counts.reduce(0, +))
    let sum = Self.weights.reduce(0, +)
    var statistic = 0.0
    for (count, weight) in zip(counts, Self.weights) where weight > 0 {
      let expected = total * weight / sum
      statistic += (Double(count) - expected) * (Double(count) - expected) / expected
    }
    // 16 degrees of freedom: mean 16, standard deviation 5.7.
    XCTAssert(statistic > 3 && statistic < 45, "chi-square \(statistic)")
  }

  /// Going anywhere, backwards too, by a used sampler or a new one, gives what drawing all the way gives.
  func testSeek() {
    for mode in Self.modes {
      let (drawing, used) = (make(mode), make(mode))
      defer {
        descent_sampler_free(drawing)
        descent_sampler_free(used)
      }
      let all = (0..<20).map { _ in next(drawing) }
      for place in [0, 7, 6, 19, 3, 3, 12, 11, 10, 14, 0] {
        let new = make(mode)
        defer { descent_sampler_free(new) }
        for sampler in [used, new] {
          XCTAssertEqual(descent_sampler_seek(sampler, UInt64(place / 5), place % 5), DESCENT_OK)
          XCTAssertEqual(position(sampler), [UInt64(place / 5), UInt64(place % 5)])
          for batch in place..<min(20, place + 3) {
            XCTAssertEqual(next(sampler), all[batch], "\(mode): batch \(batch) after going to \(place)")
          }
        }
      }
    }
  }

  func testSeekToLateEpochs() {
    for mode in Self.modes {
      let (sampler, other) = (make(mode), make(mode))
      defer {
        descent_sampler_free(sampler)
        descent_sampler_free(other)
      }
      var seen: Set<[Int]> = []
      for epoch: UInt64 in [0, 3, 1 << 32 - 1, 1 << 32, 1 << 32 + 3, 1 << 33, 1 << 63, .max] {
        XCTAssertEqual(descent_sampler_seek(sampler, epoch, 0), DESCENT_OK)
        let batches = (0..<5).map { _ in next(sampler) }
        XCTAssertEqual(position(sampler), [epoch &+ 1, 0])
        seen.insert(Array(batches.joined()))
        XCTAssertEqual(descent_sampler_seek(other, epoch, 3), DESCENT_OK)
        XCTAssertEqual(next(other), batches[3])
      }
      XCTAssertEqual(seen.count, 8, "\(mode): an epoch repeats another")
    }
  }

  func testDropLast() {
    for mode in Self.modes {
      let (keeping, dropping) = (make(mode), make(mode))
      defer {
        descent_sampler_free(keeping)
        descent_sampler_free(dropping)
      }
      XCTAssertEqual(descent_sampler_set_drop_last(dropping, 1), DESCENT_OK)
      XCTAssertEqual(descent_sampler_batches(dropping), 4)
      for epoch in 0..<3 {
        for batch in 0..<5 {
          let expected = next(keeping)
          if batch == 4 { continue }
          XCTAssertEqual(position(dropping), [UInt64(epoch), UInt64(batch)])
          XCTAssertEqual(next(dropping), expected, "\(mode)")
        }
      }
      XCTAssertEqual(descent_sampler_seek(dropping, 0, 4), DESCENT_ERROR_INVALID_ARGUMENT)

      // At once: the short batch is no longer the next one, and does not come back.
      XCTAssertEqual(descent_sampler_seek(keeping, 0, 4), DESCENT_OK)
      XCTAssertEqual(descent_sampler_set_drop_last(keeping, 1), DESCENT_OK)
      XCTAssertEqual(position(keeping), [1, 0])
      XCTAssertEqual(descent_sampler_set_drop_last(keeping, 0), DESCENT_OK)
      XCTAssertEqual(position(keeping), [1, 0])
      XCTAssertEqual(descent_sampler_batches(keeping), 5)
      // Elsewhere the place stays.
      XCTAssertEqual(descent_sampler_seek(keeping, 2, 3), DESCENT_OK)
      XCTAssertEqual(descent_sampler_set_drop_last(keeping, 1), DESCENT_OK)
      XCTAssertEqual(position(keeping), [2, 3])
    }
  }

  func testDropLastWhereNothingIsShort() {
    for (batchSize, batches) in [(1, 23), (23, 1)] {
      for mode in Self.modes {
        let sampler = make(mode, batchSize: batchSize)
        defer { descent_sampler_free(sampler) }
        XCTAssertEqual(descent_sampler_set_drop_last(sampler, 1), DESCENT_OK)
        XCTAssertEqual(descent_sampler_batches(sampler), batches)
        for _ in 0..<2 * batches { XCTAssertEqual(next(sampler, batchSize: batchSize).count, batchSize) }
        XCTAssertEqual(position(sampler), [2, 0])
      }
    }
  }

  /// A batch larger than the data set has all samples, and needs no room for more.
  func testBatchSizeAboveSamples() {
    for mode in Self.modes {
      for batchSize in [24, 1000, Int.max] {
        let sampler = make(mode, batchSize: batchSize)
        defer { descent_sampler_free(sampler) }
        XCTAssertEqual(descent_sampler_batches(sampler), 1)
        XCTAssertEqual(next(sampler, batchSize: 23).count, 23)
        XCTAssertEqual(position(sampler), [1, 0])
        XCTAssertEqual(descent_sampler_set_drop_last(sampler, 1), DESCENT_ERROR_INVALID_ARGUMENT)
        XCTAssert(String(cString: descent_last_error()).hasPrefix("drop: the only batch is short"))
        XCTAssertEqual(descent_sampler_batches(sampler), 1)
        XCTAssertEqual(next(sampler, batchSize: 23).count, 23)
      }
    }
  }

  /// Draws with replacement need memory for a batch only.
  func testHugeDataSet() {
    var sampler: OpaquePointer?
    XCTAssertEqual(
      descent_sampler_create(.max, 1 << 20, number(DESCENT_SAMPLE_REPLACEMENT), nil, 0, &sampler), DESCENT_OK)
    defer { descent_sampler_free(sampler) }
    let batches = descent_sampler_batches(sampler)
    XCTAssertEqual(batches, Int.max / (1 << 20) + 1)
    XCTAssertEqual(descent_sampler_seek(sampler, 5, batches - 1), DESCENT_OK)
    XCTAssertEqual(next(sampler!, batchSize: 1 << 20).count, 1 << 20 - 1)
    XCTAssertEqual(position(sampler!), [6, 0])
  }

  // MARK: - The batches of a fit

  /// What a fit's callback sees: the rows of W that a step changed are those of the samples in its batch, since every
  /// sample has a feature of its own.
  private final class Watcher {
    let classifier: OpaquePointer
    var before: [Float]
    var batches: [Set<Int>] = []

    init(_ classifier: OpaquePointer) {
      self.classifier = classifier
      before = [Float](repeating: 0, count: 23 * 3)
    }

    func look() {
      var (weights, bias): (UnsafeMutablePointer<Float>?, UnsafeMutablePointer<Float>?)
      XCTAssertEqual(descent_classifier_parameters(classifier, &weights, &bias), DESCENT_OK)
      let now = Array(UnsafeBufferPointer(start: weights, count: before.count))
      batches.append(Set(now.indices.filter { now[$0] != before[$0] }.map { $0 / 3 }))
      before = now
    }
  }

  private func batchesOfFit(_ options: descent_fit_options, labels: [Int32]) -> [Set<Int>] {
    var (classifier, optimizer): (OpaquePointer?, OpaquePointer?)
    XCTAssertEqual(
      descent_classifier_create(Self.samples, 3, DESCENT_SOFTMAX_CROSS_ENTROPY, &classifier), DESCENT_OK)
    XCTAssertEqual(descent_optimizer_create(DESCENT_SGD, &optimizer), DESCENT_OK)
    defer {
      descent_classifier_free(classifier)
      descent_optimizer_free(optimizer)
    }
    var features = [Float](repeating: 0, count: Self.samples * Self.samples)
    for index in 0..<Self.samples { features[index * Self.samples + index] = 1 }
    let watcher = Watcher(classifier!)
    features.withUnsafeBufferPointer { features in
      labels.withUnsafeBufferPointer { labels in
        var data = descent_dataset(
          dtype: DESCENT_FLOAT32, features: features.baseAddress, labels: labels.baseAddress, samples: Self.samples,
          dimension: Self.samples)
        var options = options
        let status = descent_classifier_fit(
          classifier, optimizer, &data, &options,
          { _, context in
            Unmanaged<Watcher>.fromOpaque(context!).takeUnretainedValue().look()
            return 0
          }, Unmanaged.passUnretained(watcher).toOpaque())
        XCTAssertEqual(status, DESCENT_OK, String(cString: descent_last_error()))
      }
    }
    return watcher.batches
  }

  func testSameBatchesAsAFit() {
    let labels = (0..<Self.samples).map { Int32($0 % 5 == 0 ? 2 : 0) }  // class 1 has no samples
    for mode in Self.modes where mode != DESCENT_SAMPLE_WEIGHTED {
      for batchSize in [1, 4, 5, 22, 23, 40] {
        var options = descent_fit_options()
        descent_fit_options_init(&options)
        (options.epochs, options.batch_size, options.seed) = (4, UInt32(batchSize), 77)
        options.sampling = number(mode)
        var sampler: OpaquePointer?
        XCTAssertEqual(
          descent_sampler_create(Self.samples, batchSize, number(mode), labels, 77, &sampler), DESCENT_OK)
        defer { descent_sampler_free(sampler) }
        let expected = (0..<4 * descent_sampler_batches(sampler)).map { _ in
          Set(next(sampler!, batchSize: batchSize))
        }
        XCTAssertEqual(batchesOfFit(options, labels: labels), expected, "\(mode), batches of \(batchSize)")
      }
    }
  }
}

/// The samples by class, and their even distribution over the batches of an epoch. An epoch's order depends on its random
/// numbers alone, not on the epochs before it.
struct Strata: ~Copyable {
  /// Sample numbers class by class, ascending within each: where every epoch's shuffles start from.
  let sorted: Memory
  /// The same in the order of the present epoch.
  private let members: Memory
  private(set) var apportionment: Apportionment

  let samples: Int

  /// No samples.
  init() {
    sorted = Memory()
    members = Memory()
    apportionment = Apportionment()
    samples = 0
  }

  /// Labels may be any numbers from 0 on: how large they are costs neither memory nor time. They are not kept.
  init(labels: UnsafePointer<Int32>, samples: Int, batchSize: Int) throws(Failure) {
    guard samples <= Int(Int32.max) else {
      throw Failure(.unsupported, "sampling: stratified sampling takes at most \(Int32.max) samples")
    }
    for index in 0..<samples where labels[index] < 0 {
      throw Failure(.invalidArgument, "labels[\(index)]: \(labels[index]) is negative")
    }
    let sorted = try samplesByLabel(labels, samples)
    let members = try Memory(of: Int.self, count: samples, purpose: "the samples by class")
    // The sizes of the classes, for now where the order will be.
    let (order, sizes) = (sorted.pointer(to: Int32.self), members.pointer(to: Int.self))
    var (classes, first) = (0, 0)
    for index in 1...samples where index == samples || labels[Int(order[index])] != labels[Int(order[first])] {
      sizes[classes] = index - first
      classes += 1
      first = index
    }
    self.apportionment = try Apportionment(
      samples: samples, batchSize: batchSize, classes: classes, count: { sizes[$0] })
    self.sorted = sorted
    self.members = members
    self.samples = samples
  }

  /// Puts every class's samples into a new order.
  func shuffle(_ random: Philox) {
    let (sorted, members) = (sorted.pointer(to: Int32.self), members.pointer(to: Int.self))
    for index in 0..<apportionment.classCount {
      let (first, count) = (apportionment[index].first, apportionment[index].count)
      for place in first..<first + count { members[place] = Int(sorted[place]) }
      Descent.shuffle(
        UnsafeMutableBufferPointer(start: members + first, count: count), random, from: UInt64(first))
    }
  }

  /// Writes the samples of a batch of the epoch.
  mutating func fill(_ out: UnsafeMutablePointer<Int>, batch: Int) {
    apportionment.move(to: batch)
    let members = members.pointer(to: Int.self)
    var written = 0
    for index in 0..<apportionment.classCount {
      let share = apportionment[index]
      for member in 0..<share.quota { out[written + member] = members[share.first + share.taken + member] }
      written += share.quota
    }
  }
}

/// Sample numbers in the order of their labels, equal ones in their own: a radix sort, byte by byte.
private func samplesByLabel(_ labels: UnsafePointer<Int32>, _ samples: Int) throws(Failure) -> Memory {
  let first = try Memory(of: Int32.self, count: samples, purpose: "the samples by class")
  let second = try Memory(of: Int32.self, count: samples, purpose: "the samples by class")
  var (from, to) = (first.pointer(to: Int32.self), second.pointer(to: Int32.self))
  for index in 0..<samples { from[index] = Int32(truncatingIfNeeded: index) }
  var isInSecond = false
  for shift in stride(from: 0, to: 32, by: 8) {
    func digit(_ sample: Int32) -> Int { Int(labels[Int(sample)] >> shift & 255) }
    var places = InlineArray<256, Int>(repeating: 0)
    for index in 0..<samples { places[digit(from[index])] += 1 }
    // Most labels are below 256, and all their upper bytes are 0.
    if places[digit(from[0])] == samples { continue }
    var total = 0
    for value in 0..<256 { (places[value], total) = (total, total + places[value]) }
    for index in 0..<samples {
      let value = digit(from[index])
      to[places[value]] = from[index]
      places[value] += 1
    }
    swap(&from, &to)
    isInSecond.toggle()
  }
  if isInSecond { return second }
  return first
}

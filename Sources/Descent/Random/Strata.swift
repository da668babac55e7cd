/// The samples by class, and their even distribution over the batches of an epoch: each batch gets of every class the
/// class's share of the data set, rounded up or down, and each sample is used once.
struct Strata: ~Copyable {
  private struct Class: BitwiseCopyable {
    var count = 0
    var first = 0
    var taken = 0
    var quota = 0
  }

  private let samples: Int
  private let classCount: Int
  /// Borrowed for as long as batches are drawn.
  private let labels: UnsafePointer<Int32>
  /// Sample numbers, class by class.
  private let members: Memory
  private let classes: Memory

  init(labels: UnsafePointer<Int32>, samples: Int, classes classCount: Int) throws(Failure) {
    guard samples <= Int(Int32.max) else {
      throw Failure(.unsupported, "sampling: stratified sampling takes at most \(Int32.max) samples")
    }
    let members = try Memory(of: Int.self, count: samples, purpose: "the samples by class")
    let classMemory = try Memory(of: Class.self, count: classCount, purpose: "the counts of the classes")
    let classes = classMemory.pointer(to: Class.self)
    for index in 0..<samples { classes[Int(labels[index])].count += 1 }
    var first = 0
    for index in 0..<classCount {
      classes[index].first = first
      first += classes[index].count
    }
    self.labels = labels
    self.samples = samples
    self.classCount = classCount
    self.members = members
    self.classes = classMemory
  }

  /// Starts an epoch: every class's samples in a new order.
  mutating func begin(_ random: Philox) {
    let (members, classes) = (members.pointer(to: Int.self), classes.pointer(to: Class.self))
    for index in 0..<classCount { classes[index].taken = 0 }
    for index in 0..<samples {
      let label = Int(labels[index])
      members[classes[label].first + classes[label].taken] = index
      classes[label].taken += 1
    }
    for index in 0..<classCount {
      let stratum = classes[index]
      shuffle(
        UnsafeMutableBufferPointer(start: members + stratum.first, count: stratum.count), random,
        from: UInt64(stratum.first))
      classes[index].taken = 0
    }
  }

  /// The next batch, which ends at sample number `end` of the epoch.
  mutating func fill(_ out: UnsafeMutablePointer<Int>, count: Int, end: Int) {
    let (members, classes) = (members.pointer(to: Int.self), classes.pointer(to: Class.self))
    apportion(count: count, end: end)
    var written = 0
    for index in 0..<classCount {
      let stratum = classes[index]
      for member in 0..<stratum.quota { out[written + member] = members[stratum.first + stratum.taken + member] }
      written += stratum.quota
      classes[index].taken += stratum.quota
    }
  }

  /// Sets the quotas of a batch: first each class's exact share rounded down, then one more for the classes that are
  /// furthest behind their share of the epoch so far. In units of 1 / samples all of this is exact.
  private func apportion(count: Int, end: Int) {
    let classes = classes.pointer(to: Class.self)
    var seats = count
    for index in 0..<classCount {
      classes[index].quota = min(
        count * classes[index].count / samples, classes[index].count - classes[index].taken)
      seats -= classes[index].quota
    }
    while seats > 0 {
      var furthest = 0
      var greatest = (withinShare: false, behind: Int.min)
      for index in 0..<classCount {
        let stratum = classes[index]
        let used = stratum.taken + stratum.quota
        guard used < stratum.count else { continue }
        let withinShare = stratum.quota * samples < count * stratum.count
        let behind = end * stratum.count - used * samples
        if (withinShare ? 1 : 0, behind) > (greatest.withinShare ? 1 : 0, greatest.behind) {
          (furthest, greatest) = (index, (withinShare, behind))
        }
      }
      classes[furthest].quota += 1
      seats -= 1
    }
  }
}

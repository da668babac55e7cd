/// How many samples of each class go into each batch of an epoch, so that
///
/// - each batch has of every class its share, `batch size * class count / samples`, rounded up or down, and
/// - so has every run of batches from the epoch's first one on: no class is ever a whole sample ahead or behind.
///
/// Each full batch gets the share rounded down, which leaves it some seats; who gets them is a problem of scheduling. A
/// class is a task that needs a processor in a fraction of the time slots, the part of its share behind the point; a batch
/// is a slot, its seats are the processors, and the fractions add up to the number of seats. A schedule in which no task
/// is ever a whole slot ahead or behind is called proportionately fair (Baruah, Cohen, Plaxton and Varvel, "Proportionate
/// progress: a notion of fairness in resource allocation", 1996). The priorities here are those of PD² (Anderson and
/// Srinivasan, "Mixed Pfair/ERfair scheduling of asynchronous periodic tasks", 2004), who prove that it always finds one.
/// The short batch at the end gets what remains, which by the second property is its share rounded up or down.
///
/// All of it is exact, in integers of 64 bits: there are less than 2³¹ samples.
struct Apportionment: ~Copyable {
  struct Share: BitwiseCopyable {
    /// The class's samples, and those of all classes before it.
    let count: Int
    let first: Int
    /// A full batch's share is `whole + fraction / samples`.
    let whole: Int
    let fraction: Int
    /// How many samples the batches before the present one have, and how many it has itself.
    var taken = 0
    var quota = 0
    var extraSeats = 0
    var window = Window()
  }

  /// When a class is to get its next extra seat.
  struct Window: BitwiseCopyable {
    /// The first batch that may give it, and the one before which it must have been given.
    var begin: Int64 = 0
    var end: Int64 = 0
    /// Whether the window after this one begins in this one's last batch.
    var overlaps = false
    /// Where windows of only two batches force a seat in each batch once one takes its last: the end of that chain.
    var chainEnd: Int64 = 0
  }

  let classCount: Int
  private let samples: Int
  private let batchSize: Int
  private let memory: Memory
  /// Class numbers: a heap of those that may get an extra seat, the most urgent first.
  private let candidates: Memory
  /// The batch whose quotas come next.
  private var next = 0

  /// No classes.
  init() {
    (classCount, samples, batchSize) = (0, 0, 1)
    memory = Memory()
    candidates = Memory()
  }

  /// `count` gives a class's number of samples; together they are `samples`.
  init(samples: Int, batchSize: Int, classes classCount: Int, count: (Int) -> Int) throws(Failure) {
    let batchSize = min(batchSize, samples)
    let memory = try Memory(of: Share.self, count: classCount, purpose: "the counts of the classes")
    let candidates = try Memory(of: Int.self, count: classCount, purpose: "the counts of the classes")
    var first = 0
    for index in 0..<classCount {
      let seats = Int64(batchSize) * Int64(count(index))
      let (whole, fraction) = (Int(seats / Int64(samples)), Int(seats % Int64(samples)))
      (memory.pointer(to: Share.self) + index).initialize(
        to: Share(count: count(index), first: first, whole: whole, fraction: fraction))
      first += count(index)
    }
    self.classCount = classCount
    self.samples = samples
    self.batchSize = batchSize
    self.memory = memory
    self.candidates = candidates
    restart()
  }

  /// A class's share, and its quota in the batch that was last moved to.
  subscript(index: Int) -> Share { shares[index] }

  private var shares: UnsafeMutablePointer<Share> { memory.pointer(to: Share.self) }

  /// Goes to a batch of the epoch. Takes time for each batch on the way, or from the first one if it lies behind.
  mutating func move(to batch: Int) {
    if batch < next { restart() }
    while next <= batch { advance() }
  }

  private mutating func restart() {
    next = 0
    for index in 0..<classCount {
      (shares[index].taken, shares[index].quota, shares[index].extraSeats) = (0, 0, 0)
      shares[index].window = nextWindow(shares[index])
    }
  }

  private mutating func advance() {
    let shares = shares
    for index in 0..<classCount { shares[index].taken += shares[index].quota }
    if samples - next * batchSize < batchSize {
      for index in 0..<classCount { shares[index].quota = shares[index].count - shares[index].taken }
    } else {
      fillBatch()
    }
    next += 1
  }

  private func fillBatch() {
    let heap = candidates.pointer(to: Int.self)
    var (seats, waiting) = (batchSize, 0)
    for index in 0..<classCount {
      shares[index].quota = shares[index].whole
      seats -= shares[index].whole
      guard shares[index].fraction > 0 && shares[index].window.begin <= Int64(next) else { continue }
      heap[waiting] = index
      waiting += 1
    }
    for root in stride(from: waiting / 2 - 1, through: 0, by: -1) { sink(root, waiting) }
    for _ in 0..<seats {
      let index = heap[0]
      waiting -= 1
      heap[0] = heap[waiting]
      sink(0, waiting)
      shares[index].quota += 1
      shares[index].extraSeats += 1
      shares[index].window = nextWindow(shares[index])
    }
  }

  /// The window of the extra seat that comes after those that were given. With rate r = fraction / samples, seat i (from 1)
  /// belongs into the batches from ⌊(i - 1) / r⌋ to before ⌈i / r⌉.
  private func nextWindow(_ share: Share) -> Window {
    guard share.fraction > 0 else { return Window() }
    let (samples, fraction, seats) = (Int64(samples), Int64(share.fraction), Int64(share.extraSeats))
    let (end, rest) = ((seats + 1) * samples).quotientAndRemainder(dividingBy: fraction)
    var window = Window(begin: seats * samples / fraction, end: end, overlaps: rest > 0)
    guard window.overlaps else { return window }
    window.end += 1
    let idle = samples - fraction
    if fraction >= idle {
      window.chainEnd = quotientRoundedUp(quotientRoundedUp(window.end * idle, samples) * samples, idle)
    }
    return window
  }

  /// Whether class `a` gets a seat before class `b`.
  private func isMoreUrgent(_ a: Int, _ b: Int) -> Bool {
    let (first, second) = (shares[a].window, shares[b].window)
    if first.end != second.end { return first.end < second.end }
    if first.overlaps != second.overlaps { return first.overlaps }
    if first.chainEnd != second.chainEnd { return first.chainEnd > second.chainEnd }
    return a < b
  }

  /// Moves a candidate down the heap until none below it is more urgent.
  private func sink(_ start: Int, _ count: Int) {
    let heap = candidates.pointer(to: Int.self)
    var parent = start
    while true {
      var child = 2 * parent + 1
      guard child < count else { return }
      if child + 1 < count && isMoreUrgent(heap[child + 1], heap[child]) { child += 1 }
      guard isMoreUrgent(heap[child], heap[parent]) else { return }
      (heap[parent], heap[child]) = (heap[child], heap[parent])
      parent = child
    }
  }
}

private func quotientRoundedUp(_ a: Int64, _ b: Int64) -> Int64 { (a + b - 1) / b }

/// The processes of a call, as this one sees them: it makes sums with them, and hears when one fails.
///
/// A call is a sequence of pieces of local work, which may fail, and of sums, which all make together. A piece begins with
/// `begin` and ends with `confirm`, in which everybody learns whether it went well everywhere; so nobody waits for the sum of
/// a process that has left. The first piece begins with the call.
public struct Peers {
  let rank: Int
  let size: Int
  let shards: Int
  /// The library's, which must be that of all.
  let version: UInt32
  private let exchange: Communicator.Exchange?
  private let context: UnsafeMutableRawPointer?
  /// The exchange that failed; nobody is called any more after that.
  private var broken: (partner: Int, code: Int32)?
  /// Whether the others wait to hear how this one's work went.
  private var isAwaited = true

  init(_ communicator: Communicator?, _ shards: Shards, version: UInt32) {
    self.version = version
    let communicator = communicator ?? Communicator()
    (rank, size, self.shards) = (communicator.rank, communicator.size, shards.count)
    (exchange, context) = (communicator.exchange, communicator.context)
  }

  /// The shards of this process.
  var own: Range<Int> { rank * (shards / size)..<(rank + 1) * (shards / size) }

  var isBroken: Bool { broken != nil }

  /// The most that is asked of a callback at once: engines count bytes in 32 bits.
  private static var mostBytes: Int { 1 << 30 }

  /// Exchanges bytes with another process.
  mutating func swap(
    with partner: Int, _ send: UnsafeRawPointer, _ receive: UnsafeMutableRawPointer, bytes: Int
  ) throws(Failure) {
    try checkIntact()
    var offset = 0
    while offset < bytes {
      let count = min(bytes - offset, Self.mostBytes)
      let code = exchange!(Int32(partner), send + offset, receive + offset, count, context)
      if code != 0 { broken = (partner, code) }
      try checkIntact()
      offset += count
    }
  }

  /// Throws if an exchange has failed.
  func checkIntact() throws(Failure) {
    guard let broken else { return }
    throw Failure(
      .communication,
      "communicator: rank \(rank): the exchange with rank \(broken.partner) failed: the callback returned \(broken.code)"
    )
  }

  /// Begins a piece of local work.
  mutating func begin() { isAwaited = true }

  /// Ends a piece of local work that went well. Throws, everywhere, if it has failed in another process, or if the terms
  /// are not the same in all of them.
  mutating func confirm(_ terms: borrowing Terms = Terms(), rows: (Int, Int) = (0, 0)) throws(Failure) -> (Int, Int) {
    isAwaited = false
    var record = Record(self, rows)
    terms.write(to: &record)
    try unite(&record)
    if let failure = record.failure { throw failure }
    if let failure = record.disagreement(terms) { throw failure }
    return record.rows
  }

  /// Tells the others, if they wait for it, that this process has failed. Returns the failure.
  mutating func tell(_ failure: Failure) -> Failure {
    if !isAwaited || isBroken { return failure }
    isAwaited = false
    let message = failure.message
    var record = Record(self, (0, 0))
    record.note(failure.kind, message)
    // What came of that does not matter any more.
    do throws(Failure) { try unite(&record) } catch {}
    return Failure(failure.kind, message)
  }

  /// Afterwards all processes have the same record.
  private mutating func unite(_ record: inout Record) throws(Failure) {
    var distance = 1
    while distance < size {
      let partner = rank ^ distance
      var other = Record(self, (0, 0))
      let own = record
      let bytes = MemoryLayout<Record>.size
      // Both in memory that lasts as long as the exchange does.
      try withUnsafeBytes(of: own) { (sent) throws(Failure) in
        try withUnsafeMutableBytes(of: &other) { (received) throws(Failure) in
          try swap(with: partner, sent.baseAddress!, received.baseAddress!, bytes: bytes)
        }
      }
      try check(other, from: partner & ~(distance - 1))
      record = rank < partner ? Record(own, before: other) : Record(other, before: own)
      distance *= 2
    }
  }

  private mutating func check(_ other: Record, from lowest: Int) throws(Failure) {
    if other.isOne(from: lowest) { return }
    broken = (lowest, 0)
    throw Failure(
      .communication, "communicator: rank \(rank): what came from the group of rank \(lowest) is not what it sent")
  }
}

/// Does a call's work with the peers that it has, which hear of its failure if they wait for it.
@inline(never)
public func withPeers(
  _ communicator: Communicator?, _ shards: Shards, version: UInt32,
  _ body: (UnsafeMutablePointer<Peers>?) throws(Failure) -> Void
) throws(Failure) {
  // One shard is the whole.
  if shards.count == 1 { return try body(nil) }
  var peers = Peers(communicator, shards, version: version)
  try withUnsafeMutablePointer(to: &peers) { (peers) throws(Failure) in
    do throws(Failure) {
      try body(peers)
    } catch {
      throw peers.pointee.tell(error)
    }
  }
}

/// One of several processes (or threads) that compute together, and the way to reach the others, as a caller describes them.
public struct Communicator {
  /// Sends bytes to a partner and receives as many from it; anything but 0 is a failure.
  public typealias Exchange =
    @convention(c) (
      _ partner: Int32, _ send: UnsafeRawPointer?, _ receive: UnsafeMutableRawPointer?, _ bytes: Int,
      _ context: UnsafeMutableRawPointer?
    ) -> Int32

  let rank: Int
  let size: Int
  let exchange: Exchange?
  let context: UnsafeMutableRawPointer?

  /// A process by itself.
  init() {
    (rank, size, exchange, context) = (0, 1, nil, nil)
  }

  public init(rank: Int32, size: Int32, exchange: Exchange?, context: UnsafeMutableRawPointer?) throws(Failure) {
    if size < 1 { throw Failure(.invalidArgument, "communicator: size: \(size) is outside [1, \(Shards.most)]") }
    if rank < 0 || rank >= size {
      throw Failure(.invalidArgument, "communicator: rank: \(rank) is outside [0, \(size))")
    }
    if exchange == nil && size > 1 { throw Failure(.nullPointer, "communicator: exchange is NULL") }
    self.rank = Int(rank)
    self.size = Int(size)
    self.exchange = exchange
    self.context = context
  }
}

/// Into how many parts a data set is divided, however many processes there are: a power of two.
public struct Shards {
  static var most: Int { 65536 }
  /// Where there is a communicator.
  static var standard: Int { 8 }

  let count: Int

  /// 0 for the default.
  public init(_ count: UInt32, _ communicator: Communicator?) throws(Failure) {
    let shards = count == 0 ? communicator == nil ? 1 : Self.standard : Int(clamping: count)
    guard shards <= Self.most && shards & (shards - 1) == 0 else {
      throw Failure(.invalidArgument, "shards: \(count) is no power of two in [1, \(Self.most)]")
    }
    let size = communicator?.size ?? 1
    if shards % size != 0 {
      throw Failure(
        .invalidArgument,
        "communicator: size: \(size) processes cannot share \(shards) shards: it is no divisor of them")
    }
    self.count = shards
  }
}

/// The rows of a data set, divided into shards: shard `s` of `S` begins at row `⌊s n / S⌋`.
struct Division: BitwiseCopyable {
  let rows: Int
  let shards: Int

  func begin(_ shard: Int) -> Int {
    let (whole, rest) = rows.quotientAndRemainder(dividingBy: shards)
    return shard * whole + shard * rest / shards
  }

  func count(_ shard: Int) -> Int { begin(shard + 1) - begin(shard) }

  /// The rows of the largest shard.
  var most: Int { (rows + shards - 1) / shards }

  /// How many samples batch number `batch` has if each shard gives `share` at a time, as long as it has any.
  func batchCount(_ batch: Int, share: Int) -> Int {
    let (whole, larger) = rows.quotientAndRemainder(dividingBy: shards)
    func given(by rows: Int) -> Int { min(share, max(0, rows - batch * share)) }
    return larger * given(by: whole + 1) + (shards - larger) * given(by: whole)
  }
}

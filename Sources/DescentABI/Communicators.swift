import CDescent
import Descent

@_cdecl("descent_communicator_sum") @implementation
public func descent_communicator_sum(
  _ communicator: UnsafePointer<descent_communicator>!, _ dtype: descent_dtype, _ values: UnsafeMutableRawPointer!,
  _ count: Int
) -> descent_status {
  report { () throws(Failure) in
    let communicator = try readCommunicator(communicator)
    let values = try require(values, "values")
    guard dtype == DESCENT_FLOAT32 || dtype == DESCENT_FLOAT64 else {
      throw Failure(
        .invalidArgument, "dtype: \(dtype.rawValue) is neither DESCENT_FLOAT32 (1) nor DESCENT_FLOAT64 (2)")
    }
    let isDouble = dtype == DESCENT_FLOAT64
    if count < 0 || count > Int.max / 16 {
      throw Failure(.invalidArgument, "count: \(UInt(bitPattern: count)) overflows")
    }
    try Peers.sum(communicator, values, count: count, isDouble: isDouble)
  }
}

private func readCommunicator(_ communicator: UnsafePointer<descent_communicator>?) throws(Failure) -> Communicator {
  let given = try read(communicator, "communicator")
  return try Communicator(rank: given.rank, size: given.size, exchange: given.exchange, context: given.context)
}

/// The processes of a call: its communicator, if it has one, and its shards.
struct Sharing {
  private let communicator: Communicator?
  private let shards: Shards

  init(_ communicator: UnsafePointer<descent_communicator>?, _ shards: UInt32) throws(Failure) {
    var described: Communicator?
    if let communicator { described = try readCommunicator(communicator) }
    self.communicator = described
    self.shards = try Shards(shards, described)
  }

  /// That of a call without options.
  init(_ data: UnsafePointer<descent_dataset>?) throws(Failure) {
    let data = try read(data, "data")
    try self.init(data.communicator, data.shards)
  }

  /// That of a fit's options, or else of its data.
  init(
    _ options: UnsafePointer<descent_fit_options>?, _ name: StaticString, _ data: UnsafePointer<descent_dataset>?
  ) throws(Failure) {
    let options = try read(options, name)
    let data = try read(data, "data")
    try self.init(
      options.communicator ?? data.communicator, options.shards == 0 ? data.shards : options.shards)
  }

  /// Does a call's work; if that fails, the other processes hear of it.
  @inline(never)
  func run(_ body: (UnsafeMutablePointer<Peers>?) throws(Failure) -> Void) throws(Failure) {
    try withPeers(communicator, shards, version: descent_version(), body)
  }

  /// Throws for a call that knows nothing of others.
  static func refuse(_ data: UnsafePointer<descent_dataset>?) throws(Failure) {
    let data = try read(data, "data")
    if data.communicator != nil || data.shards > 1 {
      throw Failure(.unsupported, "data: communicator, shards: this function sees the samples of one process only")
    }
  }
}

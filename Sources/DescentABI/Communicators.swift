import CDescent
import Descent

/// The processes of a call: its communicator, if it has one, and its shards.
struct Sharing {
  private let communicator: Communicator?
  private let shards: Shards

  init(_ communicator: UnsafePointer<descent_communicator>?, _ shards: UInt32) throws(Failure) {
    var described: Communicator?
    if let communicator {
      let given = try read(communicator, "communicator")
      described = try Communicator(
        rank: given.rank, size: given.size, exchange: given.exchange, context: given.context)
    }
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

/// Other samples, on which the model is measured after each epoch.
struct Validation: ~Copyable {
  private let data: Dataset?
  private let answers: Answers
  private let workspace: Workspace
  /// This process's shards, if they are divided.
  private let shards: ShardedSamples
  private let room: ShardRoom
  private let peers: UnsafeMutablePointer<Peers>?

  init(_ model: borrowing LinearModel, _ options: FitOptions, _ answers: Answers, _ spread: Spread?) throws(Failure) {
    guard let data = options.validation else {
      data = nil
      self.answers = Answers()
      workspace = Workspace()
      shards = ShardedSamples()
      room = ShardRoom()
      peers = nil
      return
    }
    let seen = data.seen(through: model.scaling.pointee.view)
    var answers = answers
    answers.targets = answers.targets?.seen(through: seen.view, outputs: model.outputs)
    let shards: ShardedSamples
    let room: ShardRoom
    let workspace: Workspace
    if let spread {
      shards = try ShardedSamples(spread, spread.validation, seen, answers, outputs: model.outputs)
      room = try ShardRoom(model, seen, spread.peers.pointee, atMost: spread.validation.most, takesGradient: false)
      workspace = Workspace()
    } else {
      shards = ShardedSamples()
      room = ShardRoom()
      workspace = try Workspace(model, seen, atMost: data.samples)
    }
    self.shards = shards
    self.room = room
    peers = spread?.peers
    self.workspace = workspace
    self.data = seen
    self.answers = answers
  }

  var isEmpty: Bool { data == nil }

  /// The mean loss, without the regularization, which is the same for all samples.
  func loss(_ model: borrowing LinearModel) throws(Failure) -> Double {
    guard let data else { return .nan }
    if let peers {
      let rows = shards.division.rows
      let sums = try model.passOverShards(shards, peers, in: room) {
        shards.whole($0)
      }
      return sums.loss / Double(rows)
    }
    let sums = model.pass(data, .all(data), PassRequest(answers: answers), in: workspace)
    return sums.loss / Double(data.samples)
  }
}

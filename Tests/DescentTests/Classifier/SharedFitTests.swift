import Foundation
import XCTest

@testable import Descent

/// Fits by several processes, which are threads here, with Swift's checks and, by `make test-tsan`, ThreadSanitizer's.
final class SharedFitTests: XCTestCase {
  func testProcessesHaveTheBitsOfOne() throws {
    for (name, batchSize) in [("adam", 32), ("momentum", 8), ("lbfgs", 0)] as [(String, UInt32)] {
      let alone = try fit(name, batchSize, nil, 0, 1)
      for size in [2, 4, 8] {
        let world = World(size)
        let found = Found(count: size)
        let ended = DispatchGroup()
        for rank in 0..<size {
          ended.enter()
          // Threads of their own: a queue runs no more than there are processors, and they wait for each other.
          Thread {
            found.set(rank, try? fit(name, batchSize, world.communicator(rank), rank, size))
            ended.leave()
          }.start()
        }
        ended.wait()
        XCTAssertEqual(found.all, Array(repeating: alone, count: size), "\(name), \(size) processes")
      }
    }
  }

  func testDivision() {
    for rows in [0, 1, 5, 8, 203, 1 << 40] {
      for shards in [1, 2, 8, 64] {
        let division = Division(rows: rows, shards: shards)
        XCTAssertEqual(division.begin(0), 0)
        XCTAssertEqual(division.begin(shards), rows)
        for shard in 0..<shards {
          XCTAssertEqual(division.begin(shard), shard * rows / shards)
          XCTAssertLessThanOrEqual(division.count(shard), division.most)
        }
        guard rows > 0 && rows < 1000 else { continue }
        let share = 3
        let batches = (division.most + share - 1) / share
        XCTAssertEqual((0..<batches).reduce(0) { $0 + division.batchCount($1, share: share) }, rows)
        XCTAssertEqual(division.batchCount(batches, share: share), 0)
      }
    }
  }
}

/// Weights, loss and accuracy of a fit to the rows of one process.
private func fit(
  _ name: String, _ batchSize: UInt32, _ communicator: Communicator?, _ rank: Int, _ size: Int
) throws -> [UInt64] {
  var classifier = try LinearModel(dimension: 17, classes: 3, loss: LossFunction.find(1))
  try classifier.setL2(0.01)
  try classifier.initialize(standardDeviation: 0.1, seed: 2)
  let optimizer = try makeHandle(Optimizer(Algorithm.named(name)))
  defer { freeHandle(optimizer) }
  let (first, end) = (rank * 8 / size * 203 / 8, (rank + 1) * 8 / size * 203 / 8)
  let samples = TestSamples(203, dimension: 17, classes: 3)
  let rows = try samples.dataset.part(from: first, count: end - first, outputs: 3)
  var result: [UInt64] = []
  try withPeers(communicator, Shards(8, communicator), version: 1) { peers throws(Failure) in
    var options = try FitOptions(epochs: 3, batchSize: batchSize, sampling: 1, seed: 4)
    options.peers = peers
    options.checksRanks = true
    try classifier.fit(rows, with: optimizer, options, isWatched: true) { _ in false }
  }
  try withPeers(communicator, Shards(8, communicator), version: 1) { peers throws(Failure) in
    let (loss, accuracy) = try classifier.evaluate(rows, peers)
    result = (0..<classifier.weightCount + 3).map { UInt64(classifier.weights[$0].bitPattern) }
    result += [loss.bitPattern, accuracy.bitPattern]
  }
  return result
}

/// What each process has found.
private final class Found: @unchecked Sendable {
  private let lock = NSLock()
  private var results: [[UInt64]?]

  init(count: Int) { results = Array(repeating: nil, count: count) }

  func set(_ rank: Int, _ result: [UInt64]?) { lock.withLock { results[rank] = result } }
  var all: [[UInt64]?] { lock.withLock { results } }
}

/// Letters between processes.
private final class World: @unchecked Sendable {
  private let size: Int
  private let changed = NSCondition()
  private var letters: [[UInt8]?]
  private var mailboxes: [Mailbox] = []

  init(_ size: Int) {
    self.size = size
    letters = Array(repeating: nil, count: size * size)
    mailboxes = (0..<size).map { Mailbox(self, rank: $0) }
  }

  func communicator(_ rank: Int) -> Communicator? {
    try? Communicator(
      rank: Int32(rank), size: Int32(size),
      exchange: { partner, send, receive, bytes, context in
        let box = Unmanaged<Mailbox>.fromOpaque(context!).takeUnretainedValue()
        box.world.exchange(box.rank, Int(partner), send!, receive!, bytes)
        return 0
      }, context: Unmanaged.passUnretained(mailboxes[rank]).toOpaque())
  }

  private func exchange(
    _ rank: Int, _ partner: Int, _ send: UnsafeRawPointer, _ receive: UnsafeMutableRawPointer, _ bytes: Int
  ) {
    changed.lock()
    defer { changed.unlock() }
    let (sent, awaited) = (rank * size + partner, partner * size + rank)
    while letters[sent] != nil { changed.wait() }
    letters[sent] = Array(UnsafeRawBufferPointer(start: send, count: bytes))
    changed.broadcast()
    while letters[awaited] == nil { changed.wait() }
    letters[awaited]!.withUnsafeBytes { receive.copyMemory(from: $0.baseAddress!, byteCount: bytes) }
    letters[awaited] = nil
    changed.broadcast()
  }

  private final class Mailbox {
    unowned let world: World
    let rank: Int

    init(_ world: World, rank: Int) { (self.world, self.rank) = (world, rank) }
  }
}

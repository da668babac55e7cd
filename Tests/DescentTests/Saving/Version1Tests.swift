import TestSupport
import XCTest

@testable import Descent

/// What libdescent 0.1 has written, altered in all ways: it is refused, or what is made of it works.
final class Version1Tests: XCTestCase {
  /// The parts of a golden file that the library has written, without the Python package's notes before them.
  private func parts(_ name: String) throws -> [SavedBytes] {
    var rest = try goldenBytes("saved_version_1/" + name)
    var parts: [SavedBytes] = []
    while !rest.isEmpty {
      let part = SavedBytes(bytes: rest)
      let size = Int(part.read(at: 16))
      if part.read(at: 8) >> 32 < 64 { parts.append(SavedBytes(bytes: Array(rest[..<size]))) }
      rest.removeFirst(size)
    }
    return parts
  }

  private func check<Value: Savable & ~Copyable>(_ saved: SavedBytes, as _: Value.Type) throws {
    let loaded = try saved.load(as: Value.self)
    XCTAssertEqual(saved.read(at: 8) & 0xffff, 1)
    XCTAssertEqual(try SavedBytes(of: loaded).read(at: 8) & 0xffff, 2)
    func tryOut(_ altered: SavedBytes) {
      do throws(Failure) {
        let value = try altered.load(as: Value.self)
        _ = try value.savedSize()
      } catch {
        XCTAssert(error.kind == .corruptState || error.kind == .outOfMemory, error.message.text)
      }
    }
    for count in 32..<saved.bytes.count {
      tryOut(saved.altered { $0.bytes.removeLast(saved.bytes.count - count) })
    }
    for offset in 24..<saved.bytes.count - 8 {
      for value: UInt8 in [0, 1, 0x7f, 0xff, saved.bytes[offset] ^ 1, saved.bytes[offset] ^ 0x80] {
        tryOut(saved.altered { $0.bytes[offset] = value })
      }
    }
    XCTAssertThrowsError(try SavedEntries(saved.bytes, size: UInt(saved.bytes.count)))
  }

  func testOptimizers() throws {
    for name in ["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam"] {
      for part in try parts("\(name).optimizer") { try check(part, as: Optimizer.self) }
    }
  }

  func testSamplers() throws {
    for name in ["shuffle", "replacement", "stratified", "weighted"] {
      for part in try parts("\(name).sampler") { try check(part, as: Sampler.self) }
    }
  }

  func testClassifier() throws {
    let parts = try parts("stopped.classifier")
    XCTAssertEqual(parts.count, 2)
    try check(parts[0], as: LinearModel.self)
    try check(parts[1], as: Optimizer.self)
  }
}

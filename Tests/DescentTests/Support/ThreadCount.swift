import XCTest

@testable import Descent

/// Does something with so many threads.
func withThreads<Result>(_ count: Int, _ body: () throws -> Result) throws -> Result {
  let before = Threads.count
  try Threads.set(Int32(count))
  defer { try? Threads.set(before) }
  return try body()
}

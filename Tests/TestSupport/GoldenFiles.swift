import Foundation

/// What Tests/Golden/generate_trajectories.py has written: weights under PyTorch's optimizers.
public struct GoldenTrajectories: Decodable, Sendable {
  public struct Run: Decodable, Sendable {
    public let algorithm: String
    public let options: [String: Double]
    /// The weights after each recorded step.
    public let weights: [[HexNumber]]
  }

  public let recordedSteps: [Int]
  public let initial: [HexNumber]
  /// Of each step, the same for all runs.
  public let gradients: [[HexNumber]]
  public let runs: [Run]

  public static func load() throws -> Self { try decode("trajectories.json") }
}

/// The methods whose references have made trajectories.
public struct GoldenMethods: Decodable, Sendable {
  public struct Run: Decodable, Sendable {
    public let method: String
  }
  public let runs: [Run]

  public var names: Set<String> { Set(runs.map(\.method)) }

  /// Those of elements, and those of whole tensors.
  public static func load() throws -> Self {
    let files: [Self] = [try decode("methods.json"), try decode("methods_of_tensors.json")]
    return Self(runs: files.flatMap(\.runs))
  }
}

/// What Tests/Golden/generate_elementary.py has written: correctly rounded values of elementary functions.
public struct GoldenElementary: Decodable, Sendable {
  /// Rows of x and f(x).
  public let exp: [[HexNumber]]
  public let log: [[HexNumber]]
  public let log1p: [[HexNumber]]
  /// Rows of β, t and 1 − βᵗ.
  public let oneMinusPower: [PowerRow]

  public struct PowerRow: Decodable, Sendable {
    public let beta: Double
    public let t: UInt64
    public let value: Double

    public init(from decoder: any Decoder) throws {
      var row = try decoder.unkeyedContainer()
      beta = try row.decode(HexNumber.self).value
      t = try UInt64(row.decode(String.self)) ?? { throw GoldenError.notANumber }()
      value = try row.decode(HexNumber.self).value
    }
  }

  public static func load() throws -> Self { try decode("elementary.json") }
}

/// A double written as a hexadecimal text, exact to the bit.
public struct HexNumber: Decodable, Sendable {
  public let value: Double

  public init(from decoder: any Decoder) throws {
    value = try Double(decoder.singleValueContainer().decode(String.self)) ?? { throw GoldenError.notANumber }()
  }
}

enum GoldenError: Error { case notANumber }

/// The bytes of a file in Tests/Golden.
public func goldenBytes(_ name: String) throws -> [UInt8] { try Array(read(name)) }

private func read(_ name: String) throws -> Data {
  let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  return try Data(contentsOf: tests.appendingPathComponent("Golden").appendingPathComponent(name))
}

private func decode<Contents: Decodable>(_ name: String) throws -> Contents {
  let data = try read(name)
  let decoder = JSONDecoder()
  decoder.keyDecodingStrategy = .convertFromSnakeCase
  return try decoder.decode(Contents.self, from: data)
}

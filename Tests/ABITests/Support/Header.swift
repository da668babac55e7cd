import Foundation

/// The constants of descent.h, read from its text.
enum Header {
  /// The constants of one enum: name to value. Fails (with nothing) if there is no such enum.
  static func constants(of name: String) throws -> [String: UInt32] {
    let text = try String(contentsOf: url, encoding: .utf8)
    let body = text.firstMatch(of: try Regex("typedef enum \(name) \\{([^}]*)\\} \(name);"))?.output[1].substring ?? ""
    var constants: [String: UInt32] = [:]
    for match in body.matches(of: /(DESCENT_\w+) = (\d+)/) { constants[String(match.1)] = UInt32(match.2) }
    return constants
  }

  /// include/descent.h of the package that this file belongs to.
  private static let url = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("include/descent.h")
}

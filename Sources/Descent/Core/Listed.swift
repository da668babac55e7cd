/// One of a list of things that have a number and a name: an algorithm, an option, a loss.
public protocol Listed {
  /// What such a thing is called in an error's text.
  static var noun: StaticString { get }
  static var count: Int { get }
  /// The things in the order of their numbers; nil outside the list.
  static func at(_ index: Int) -> Self?

  var number: UInt32 { get }
  var name: UnsafePointer<CChar> { get }
}

extension Listed {
  public static func find(_ number: UInt32) throws(Failure) -> Self {
    for index in 0..<count {
      if let item = at(index), item.number == number { return item }
    }
    throw Failure(.invalidArgument, "\(noun): there is no \(noun) \(number)")
  }

  public static func named(_ name: UnsafePointer<CChar>) throws(Failure) -> Self {
    for index in 0..<count {
      if let item = at(index), isSameText(name, item.name) { return item }
    }
    throw Failure(.unknownName, "name: there is no \(noun) \"\(name)\"")
  }
}

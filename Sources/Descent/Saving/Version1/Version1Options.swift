import CDescentKernels

extension OptionGroups {
  static func read(from reader: inout Version1Reader, _ algorithm: Algorithm) throws(Failure) -> OptionGroups {
    let (dialect, own) = (reader.double("dialect"), reader.number("options that were set"))
    try reader.check()
    try Option.find(KERNEL_DIALECT.rawValue).check(dialect)
    if own & ~algorithm.options != 0 {
      throw Failure(.corruptState, "options that \(algorithm.name) does not have in this version of the library")
    }
    var values = OptionValues(of: algorithm, dialect: UInt32(dialect))
    _ = try reader.options(of: algorithm) { (option, value) throws(Failure) in values[option] = value }
    if values[KERNEL_DIALECT] != dialect { throw Failure(.corruptState, "dialect: stated twice") }
    var base = OptionGroup(id: 0, values: values, scalars: algorithm.initialScalars)
    base.markAsSet(own)

    let count = reader.size("groups")
    try reader.require(count, size: 4 * 8)
    var groups = try OptionGroups(base, roomFor: count + 1)
    var last: UInt32 = 0
    for _ in 0..<count {
      var group = OptionGroup(id: UInt32(reader.number("group", upTo: UInt64(UInt32.max))), following: base)
      try reader.check()
      if group.id <= last { throw Failure(.corruptState, "group: \(group.id) comes after \(last)") }
      last = group.id
      let options = try reader.options(of: algorithm) { (option, value) throws(Failure) in
        if option.scope != .group {
          throw Failure(.corruptState, "group \(last): \(option.name) holds for the whole optimizer")
        }
        group.set(option, to: value)
      }
      if options == 0 { throw Failure(.corruptState, "group \(last): has no options") }
      try groups.add(group)
    }
    return groups
  }
}

extension Algorithm {
  /// A bit for each option that it has.
  fileprivate var options: UInt64 {
    var options: UInt64 = 0
    for index in 0..<Option.count {
      // Later options have greater numbers.
      if let option = Option.at(index), option.number < 64, has(option) { options |= 1 << UInt64(option.number) }
    }
    return options
  }
}

extension Version1Reader {
  /// Reads options of the algorithm in the order of their numbers; returns how many there were.
  @inline(never)
  fileprivate mutating func options(
    of algorithm: Algorithm, body: (Option, Double) throws(Failure) -> Void
  ) throws(Failure) -> Int {
    let count = size("options")
    try require(count, size: 2 * 8)
    var last: UInt32 = 0
    for _ in 0..<count {
      let (number, value) = (constant("option"), double("value"))
      try check()
      if number <= last { throw Failure(.corruptState, "option: \(number) comes after \(last)") }
      last = number
      let option = try Option.find(number)
      _ = try algorithm.defaultValue(of: option)
      try option.check(value)
      try body(option, value)
    }
    return count
  }
}

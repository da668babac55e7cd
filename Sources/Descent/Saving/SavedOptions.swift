import CDescentKernels

extension OptionGroups {
  /// The optimizer's own options, and which of them were set; then those that each group has of its own, the groups by
  /// their numbers. All other values follow from these.
  func write(to writer: inout SaveWriter, _ algorithm: Algorithm) {
    // The dialect comes first: it decides what an option has that a later version adds.
    writer.put(base.pointee.values[KERNEL_DIALECT])
    writer.put(base.pointee.own)
    base.pointee.write(algorithm.options, to: &writer)
    writer.put(count - 1)
    var last: UInt32 = 0
    for _ in 1..<count {
      let group = group(after: last)
      writer.put(UInt64(group.id))
      group.write(group.own, to: &writer)
      last = group.id
    }
  }

  static func read(from reader: inout SaveReader, _ algorithm: Algorithm) throws(Failure) -> OptionGroups {
    let (dialect, own) = (reader.double("dialect"), reader.number("options that were set"))
    try reader.check()
    try Option.find(KERNEL_DIALECT.rawValue).check(dialect)
    if own & ~algorithm.options != 0 {
      throw Failure(.corruptState, "options that \(algorithm.name) does not have in this version of the library")
    }
    var values = OptionValues(of: algorithm, dialect: UInt32(dialect))
    _ = try reader.options(of: algorithm) { (option, value) throws(Failure) in values[option] = value }
    if values[KERNEL_DIALECT] != dialect { throw Failure(.corruptState, "dialect: stated twice") }
    let base = OptionGroup(id: 0, values: values, own: own)

    let count = reader.size("groups")
    try reader.require(count, size: 4 * 8)
    var groups = try OptionGroups(base, roomFor: count + 1)
    var last: UInt32 = 0
    for _ in 0..<count {
      var group = OptionGroup(id: UInt32(reader.number("group", upTo: UInt64(UInt32.max))), values: values)
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

  /// The group with the least number above this one.
  private func group(after last: UInt32) -> OptionGroup {
    var place = 0
    for index in 1..<count where self[index].pointee.id > last {
      if place == 0 || self[index].pointee.id < self[place].pointee.id { place = index }
    }
    return self[place].pointee
  }
}

extension OptionGroup {
  /// Numbers and values of the options that have a bit in `which`.
  fileprivate func write(_ which: UInt64, to writer: inout SaveWriter) {
    writer.put(which.nonzeroBitCount)
    for index in 0..<Option.count {
      guard let option = Option.at(index), which >> UInt64(option.number) & 1 != 0 else { continue }
      writer.put(UInt64(option.number))
      writer.put(values[option])
    }
  }
}

extension Algorithm {
  /// A bit for each option that it has.
  fileprivate var options: UInt64 {
    var options: UInt64 = 0
    for index in 0..<Option.count {
      if let option = Option.at(index), (try? defaultValue(of: option)) != nil { options |= 1 << UInt64(option.number) }
    }
    return options
  }
}

extension SaveReader {
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

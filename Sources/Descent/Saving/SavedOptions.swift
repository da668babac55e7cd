import CDescentKernels

extension OptionGroups {
  /// The optimizer's own options, and the numbers of those that were set; the other groups' numbers, in rising order, and
  /// the options that each has of its own. All other values follow from these.
  func write(_ fields: inout Fields, _ algorithm: Algorithm) throws(Failure) {
    var dialect = self[KERNEL_DIALECT]
    if !algorithm.isBatch { try fields.real("options.dialect", &dialect) }
    try listBase(&fields, algorithm)
    try listScalars(&fields, algorithm, at: 0)
    if let numbers = fields.put("options_set", .row(.int32, base.pointee.own.count)) {
      base.pointee.writeOwnNumbers(to: numbers)
    }
    let ids = fields.put("groups", .row(.uint32, count - 1))
    var last: UInt32 = 0
    for index in 0..<count - 1 {
      let place = place(after: last)
      last = self[place].pointee.id
      ids?.storeBytes(of: last.littleEndian, toByteOffset: 4 * index, as: UInt32.self)
      try list(&fields, algorithm, at: place)
      try listScalars(&fields, algorithm, at: place)
    }
  }

  static func read(_ fields: inout Fields, _ algorithm: Algorithm) throws(Failure) -> OptionGroups {
    // It decides what an option has that the bytes lack.
    var dialect = 0.0
    if !algorithm.isBatch { try fields.real("options.dialect", &dialect) }
    try Option.find(KERNEL_DIALECT.rawValue).check(dialect)
    var groups = try OptionGroups(of: algorithm, dialect: UInt32(dialect))
    try groups.listBase(&fields, algorithm)
    try groups.listScalars(&fields, algorithm, at: 0)
    try groups.readOwnNumbers(&fields, algorithm)
    let ids = try fields.wholeNumbers("groups")
    for index in 0..<ids.count {
      let (id, last) = (ids[index], groups[index].pointee.id)
      if id <= Int64(last) { throw Failure(.corruptState, "group: \(id) comes after \(last)") }
      if id > Int64(UInt32.max) { throw Failure(.corruptState, "group: \(id) is above \(UInt32.max)") }
      let place = try groups.add(OptionGroup(id: UInt32(id), following: groups.base.pointee))
      try groups.list(&fields, algorithm, at: place)
      try groups.listScalars(&fields, algorithm, at: place)
      if groups[place].pointee.own.count == 0 { throw Failure(.corruptState, "group \(id): has no options") }
    }
    return groups
  }

  /// All options that the algorithm has, but for the dialect.
  private func listBase(_ fields: inout Fields, _ algorithm: Algorithm) throws(Failure) {
    for index in 0..<Option.count {
      guard let option = Option.at(index), algorithm.has(option), option.number != KERNEL_DIALECT.rawValue else {
        continue
      }
      var value = base.pointee.values[option]
      try fields.real(named: "options.\(option.name)", &value, isOptional: true)
      if !fields.isReading { continue }
      try option.check(value)
      setUnmarked(option, to: value)
    }
  }

  /// The options that a group has of its own.
  private func list(_ fields: inout Fields, _ algorithm: Algorithm, at place: Int) throws(Failure) {
    let group = self[place].pointee
    for index in 0..<Option.count {
      guard let option = Option.at(index), algorithm.has(option), option.scope == .group else { continue }
      let name: Message = "group.\(group.id).\(option.name)"
      guard fields.has(name, whenWriting: group.owns(option)) else { continue }
      var value = group.values[option]
      try fields.real(named: name, &value)
      if !fields.isReading { continue }
      try option.check(value)
      setOwn(option, to: value, at: place)
    }
  }

  /// What the rule keeps for a group.
  private func listScalars(_ fields: inout Fields, _ algorithm: Algorithm, at place: Int) throws(Failure) {
    let id = self[place].pointee.id
    var scalars = self[place].pointee.scalars
    for index in 0..<algorithm.scalarCount {
      let name: Message =
        id == 0 ? "kept.\(algorithm.scalarName(index))" : "group.\(id).kept.\(algorithm.scalarName(index))"
      try fields.real(named: name, &scalars[index], isOptional: true)
    }
    if fields.isReading { setScalars(scalars, at: place) }
  }

  private func readOwnNumbers(_ fields: inout Fields, _ algorithm: Algorithm) throws(Failure) {
    let numbers = try fields.wholeNumbers("options_set")
    for index in 0..<numbers.count {
      let option = try Option.find(UInt32(clamping: numbers[index]))
      guard algorithm.has(option) else {
        throw Failure(.corruptState, "options_set[\(index)]: \(algorithm.name) has no option \(option.name)")
      }
      setOwn(option, to: base.pointee.values[option], at: 0)
    }
  }

  /// The place of the group with the least number above this one; 0 if there is none.
  private func place(after last: UInt32) -> Int {
    var place = 0
    for index in 1..<count where self[index].pointee.id > last {
      if place == 0 || self[index].pointee.id < self[place].pointee.id { place = index }
    }
    return place
  }
}

extension OptionGroup {
  fileprivate func writeOwnNumbers(to numbers: UnsafeMutableRawPointer) {
    var offset = 0
    for index in 0..<Option.count {
      guard let option = Option.at(index), owns(option) else { continue }
      numbers.storeBytes(of: Int32(option.number).littleEndian, toByteOffset: offset, as: Int32.self)
      offset += 4
    }
  }
}

extension Sampler: Savable {
  public static var kind: SavedKind { .sampler }

  public func write(to writer: inout SaveWriter) {
    writer.put(samples)
    writer.put(batchSize)
    writer.put(UInt64(sampling.rawValue))
    writer.put(seed)
    writer.put(dropsLast ? 1 : 0)
    writer.put(epoch)
    writer.put(batch)
    switch sampling {
    case .shuffle, .replacement: break
    case .stratified: strata.write(to: &writer)
    case .weighted: table.write(to: &writer)
    }
  }

  public static func read(from reader: inout SaveReader) throws(Failure) -> Sampler {
    let (samples, batchSize, number) = (reader.size("samples"), reader.size("batch_size"), reader.constant("sampling"))
    let (seed, drops) = (reader.number("seed"), reader.number("drop_last", upTo: 1))
    let (epoch, batch) = (reader.number("epoch"), reader.size("batch"))
    try reader.check()
    guard let sampling = Sampling(rawValue: Int32(number)) else {
      throw Failure(.corruptState, "sampling: there is no sampling \(number)")
    }
    var labels = Memory()
    var table = AliasTable()
    switch sampling {
    case .shuffle, .replacement: break
    case .stratified:
      try reader.require(samples, size: 4)
      labels = try Memory(of: Int32.self, count: samples, purpose: "the labels")
      reader.read(into: labels.base, count: samples, size: 4)
    case .weighted: table = try AliasTable.read(from: &reader, count: samples)
    }
    var sampler = try Sampler(
      samples: samples, batchSize: batchSize, sampling, seed: seed,
      labels: sampling == .stratified ? labels.pointer(to: Int32.self) : nil, table: table)
    try sampler.setDropLast(drops == 1)
    try sampler.seek(epoch: epoch, batch: batch)
    return sampler
  }
}

extension Strata {
  /// A label for each sample: the number of its class.
  func write(to writer: inout SaveWriter) {
    guard let labels = writer.leave(bytes: 4 * samples) else { return }
    for index in 0..<apportionment.classCount {
      let share = apportionment[index]
      for place in share.first..<share.first + share.count {
        let sample = Int(sorted.pointer(to: Int32.self)[place])
        labels.storeBytes(of: UInt32(index).littleEndian, toByteOffset: 4 * sample, as: UInt32.self)
      }
    }
  }
}

extension AliasTable {
  /// The masses, then the aliases.
  func write(to writer: inout SaveWriter) {
    for index in 0..<count { writer.put(columns[index].mass) }
    guard let aliases = writer.leave(bytes: 4 * count) else { return }
    for index in 0..<count {
      aliases.storeBytes(of: columns[index].alias.littleEndian, toByteOffset: 4 * index, as: Int32.self)
    }
  }

  /// Whatever the columns are, they draw numbers below `count`.
  static func read(from reader: inout SaveReader, count: Int) throws(Failure) -> AliasTable {
    try reader.require(count, size: 12)
    let table = try AliasTable(count: count)
    let (columns, capacity) = (table.columns, table.capacity)
    for index in 0..<count {
      let mass = reader.number("mass of a column", upTo: UInt64(capacity))
      (columns + index).initialize(to: Column(mass: Int(mass), alias: -1))
    }
    try reader.check()
    for index in 0..<count {
      var alias: Int32 = 0
      reader.read(into: &alias, count: 1, size: 4)
      // A column that is full has no alias.
      guard alias >= 0 && alias < count || alias == -1 && columns[index].mass == capacity else {
        throw Failure(.corruptState, "alias of column \(index): \(alias) is outside [0, \(count))")
      }
      columns[index].alias = alias
    }
    return table
  }
}

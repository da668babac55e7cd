extension Sampler: Savable {
  public static var kind: SavedKind { .sampler }

  public func write(_ fields: inout Fields) throws(Failure) {
    var saved = SavedSampler()
    (saved.samples, saved.batchSize, saved.sampling) = (samples, batchSize, UInt32(sampling.rawValue))
    (saved.seed, saved.dropsLast, saved.epoch, saved.batch) = (seed, dropsLast, epoch, batch)
    try saved.list(&fields)
    switch sampling {
    case .shuffle, .replacement: break
    case .stratified:
      if let classes = fields.put(SavedSampler.classes, .row(.int32, samples)) { strata.write(classes: classes) }
    case .weighted:
      if let masses = fields.put(SavedSampler.masses, .row(.uint64, samples)) { table.write(masses: masses) }
      if let aliases = fields.put(SavedSampler.aliases, .row(.int32, samples)) { table.write(aliases: aliases) }
    }
  }

  public static func read(_ fields: inout Fields) throws(Failure) -> Sampler {
    var saved = SavedSampler()
    try saved.list(&fields)
    let sampling = try saved.checkedSampling
    var labels = Memory()
    var table = AliasTable()
    switch sampling {
    case .shuffle, .replacement: break
    case .stratified:
      let classes = try fields.wholeNumbers(SavedSampler.classes, count: saved.samples)
      labels = try Memory(of: Int32.self, count: saved.samples, purpose: "the labels")
      for sample in 0..<saved.samples {
        guard let label = Int32(exactly: classes[sample]) else {
          throw Failure(.corruptState, "classes[\(sample)]: \(classes[sample]) is above \(Int32.max)")
        }
        (labels.pointer(to: Int32.self) + sample).initialize(to: label)
      }
    case .weighted:
      let masses = try fields.wholeNumbers(SavedSampler.masses, count: saved.samples)
      let aliases = try fields.wholeNumbers(SavedSampler.aliases, count: saved.samples)
      table = try AliasTable.read(count: saved.samples, masses: masses, aliases: aliases)
    }
    return try saved.sampler(sampling, labels: sampling == .stratified ? labels.pointer(to: Int32.self) : nil, table)
  }
}

/// The numbers of a sampler.
struct SavedSampler {
  var samples = 0
  var batchSize = 0
  var sampling: UInt32 = 0
  var seed: UInt64 = 0
  var dropsLast = false
  /// Which batch comes next.
  var epoch: UInt64 = 0
  var batch = 0

  /// Stratified: a number for each sample, the same for all of a class.
  static var classes: Message { "classes" }
  /// Weighted: the columns of the alias table.
  static var masses: Message { "masses" }
  static var aliases: Message { "aliases" }

  mutating func list(_ fields: inout Fields) throws(Failure) {
    try fields.size("samples", &samples)
    try fields.size("batch_size", &batchSize)
    try fields.constant("sampling", &sampling)
    try fields.number("seed", &seed)
    try fields.flag("drop_last", &dropsLast)
    try fields.number("epoch", &epoch)
    try fields.size("batch", &batch)
  }

  var checkedSampling: Sampling {
    get throws(Failure) {
      guard let sampling = Sampling(rawValue: Int32(self.sampling)) else {
        throw Failure(.corruptState, "sampling: there is no sampling \(self.sampling)")
      }
      return sampling
    }
  }

  func sampler(
    _ sampling: Sampling, labels: UnsafePointer<Int32>?, _ table: consuming AliasTable
  ) throws(Failure) -> Sampler {
    var sampler = try Sampler(
      samples: samples, batchSize: batchSize, sampling, seed: seed, labels: labels, table: table)
    try sampler.setDropLast(dropsLast)
    try sampler.seek(epoch: epoch, batch: batch)
    return sampler
  }
}

extension Strata {
  /// A label for each sample: the number of its class.
  func write(classes: UnsafeMutableRawPointer) {
    for index in 0..<apportionment.classCount {
      let share = apportionment[index]
      for place in share.first..<share.first + share.count {
        let sample = Int(sorted.pointer(to: Int32.self)[place])
        classes.storeBytes(of: UInt32(index).littleEndian, toByteOffset: 4 * sample, as: UInt32.self)
      }
    }
  }
}

extension AliasTable {
  func write(masses: UnsafeMutableRawPointer) {
    for index in 0..<count {
      masses.storeBytes(of: UInt64(columns[index].mass).littleEndian, toByteOffset: 8 * index, as: UInt64.self)
    }
  }

  func write(aliases: UnsafeMutableRawPointer) {
    for index in 0..<count {
      aliases.storeBytes(of: columns[index].alias.littleEndian, toByteOffset: 4 * index, as: Int32.self)
    }
  }

  /// Whatever the columns are, they draw numbers below `count`.
  static func read(count: Int, masses: WholeNumbers, aliases: WholeNumbers) throws(Failure) -> AliasTable {
    let table = try AliasTable(count: count)
    let capacity = table.capacity
    for index in 0..<count {
      let (mass, alias) = (masses[index], aliases[index])
      guard mass >= 0 && mass <= Int64(capacity) else {
        throw Failure(.corruptState, "masses[\(index)]: \(mass) is outside [0, \(capacity)]")
      }
      // A column that is full has no alias.
      guard alias >= 0 && alias < Int64(count) || alias == -1 && Int64(mass) == capacity else {
        throw Failure(.corruptState, "aliases[\(index)]: \(alias) is outside [0, \(count))")
      }
      (table.columns + index).initialize(to: Column(mass: Int64(mass), alias: Int32(alias)))
    }
    return table
  }
}

extension Sampler {
  public static func read(version1 reader: inout Version1Reader) throws(Failure) -> Sampler {
    var saved = SavedSampler()
    saved.samples = reader.size("samples")
    saved.batchSize = reader.size("batch_size")
    saved.sampling = reader.constant("sampling")
    saved.seed = reader.number("seed")
    saved.dropsLast = reader.number("drop_last", upTo: 1) == 1
    saved.epoch = reader.number("epoch")
    saved.batch = reader.size("batch")
    try reader.check()
    let sampling = try saved.checkedSampling
    var labels = Memory()
    var table = AliasTable()
    switch sampling {
    case .shuffle, .replacement: break
    case .stratified:
      try reader.require(saved.samples, size: 4)
      labels = try Memory(of: Int32.self, count: saved.samples, purpose: "the labels")
      reader.read(into: labels.base, count: saved.samples, size: 4)
    case .weighted:
      try reader.require(saved.samples, size: 12)
      if let masses = reader.take(8 * saved.samples), let aliases = reader.take(4 * saved.samples) {
        table = try AliasTable.read(
          count: saved.samples, masses: WholeNumbers(data: masses, type: .uint64, count: saved.samples),
          aliases: WholeNumbers(data: aliases, type: .int32, count: saved.samples))
      }
    }
    return try saved.sampler(sampling, labels: sampling == .stratified ? labels.pointer(to: Int32.self) : nil, table)
  }
}

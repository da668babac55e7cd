/// What all processes must have alike, in the order in which differences are looked for.
struct Terms: ~Copyable {
  enum Style: BitwiseCopyable {
    /// `rank 3 has 785 features, rank 0 784`
    case count
    /// `rank 3 has epochs 5, rank 0 4`
    case setting
    case realSetting
    /// `rank 3 has other weights than rank 0`
    case digest
  }

  struct Term: BitwiseCopyable {
    var name: StaticString = ""
    var style = Style.count
    var value: UInt64 = 0
  }

  static var most: Int { 40 }
  /// The value of a term that a process without samples does not know.
  static var any: UInt64 { .max }

  private var terms = InlineArray<40, Term>(repeating: Term())
  private(set) var count = 0

  subscript(index: Int) -> Term { terms[index] }

  @inline(never)
  mutating func add(_ name: StaticString, _ style: Style, _ value: UInt64) {
    terms[count] = Term(name: name, style: style, value: value)
    count += 1
  }

  mutating func add(_ name: StaticString, _ value: Double) { add(name, .realSetting, value.bitPattern) }

  func write(to record: inout Record) {
    for index in 0..<count { record.values[index] = terms[index].value }
  }
}

/// What a group of neighbouring processes has to say after a piece of work: whether one has failed, how many rows they have,
/// and in what they differ. It is sent as it lies in memory, between libraries of one version.
struct Record: BitwiseCopyable {
  private var magic: UInt64 = 0x3154_4e45_4353_4544  // DESCENT1, little-endian
  private var lowest: UInt64
  /// The first that failed, its status, and its text.
  private var failedRank = UInt64.max
  private var failedKind: UInt64 = 0
  private var textLength: UInt64 = 0
  private var text = InlineArray<256, UInt8>(repeating: 0)
  private var counts: InlineArray<2, UInt64>
  /// The first that differs from the group's lowest rank, the term, and its value there.
  private var differingRank = UInt64.max
  private var differingTerm: UInt64 = 0
  private var differingValue: UInt64 = 0
  /// The lowest rank's.
  var values = InlineArray<40, UInt64>(repeating: 0)

  init(_ peers: Peers, _ rows: (Int, Int)) {
    lowest = UInt64(peers.rank)
    counts = [UInt64(rows.0), UInt64(rows.1)]
  }

  /// What two groups say together.
  init(_ lower: Record, before upper: Record) {
    self = lower
    for index in 0..<2 { counts[index] &+= upper.counts[index] }
    if failedRank == .max {
      (failedRank, failedKind) = (upper.failedRank, upper.failedKind)
      (textLength, text) = (upper.textLength, upper.text)
    }
    let differs = differingRank != .max
    for index in 0..<Terms.most {
      let (own, others) = (values[index], upper.values[index])
      if own == Terms.any { values[index] = others }
      if differs || differingRank != .max || own == others || own == Terms.any || others == Terms.any { continue }
      (differingRank, differingTerm, differingValue) = (upper.lowest, UInt64(index), others)
    }
    if differingRank == .max {
      (differingRank, differingTerm, differingValue) = (upper.differingRank, upper.differingTerm, upper.differingValue)
    }
  }

  var rows: (Int, Int) { (Int(clamping: counts[0]), Int(clamping: counts[1])) }

  /// Whether it can have come from the group with this lowest rank.
  func isOne(from rank: Int) -> Bool { magic == 0x3154_4e45_4353_4544 && lowest == UInt64(rank) && textLength <= 255 }

  mutating func note(_ kind: Failure.Kind, _ message: Message) {
    (failedRank, failedKind, textLength) = (lowest, UInt64(kind.rawValue), UInt64(message.count))
    for index in 0..<message.count { text[index] = message.bytes[index] }
  }

  /// The failure of another process, of the same kind here.
  var failure: Failure? {
    if failedRank == .max { return nil }
    var message: Message = "rank \(failedRank): "
    for index in 0..<Int(textLength) { message.append(byte: text[index]) }
    return Failure(Failure.Kind(rawValue: UInt32(clamping: failedKind)) ?? .communication, message)
  }

  func disagreement(_ terms: borrowing Terms) -> Failure? {
    if differingRank == .max || differingTerm >= UInt64(terms.count) { return nil }
    let term = terms[Int(differingTerm)]
    let (rank, value, first) = (differingRank, differingValue, values[Int(differingTerm)])
    switch term.style {
    case .count:
      return Failure(.invalidArgument, "communicator: rank \(rank) has \(value) \(term.name), rank 0 \(first)")
    case .setting:
      return Failure(.invalidArgument, "communicator: rank \(rank) has \(term.name) \(value), rank 0 \(first)")
    case .realSetting:
      let (value, first) = (Double(bitPattern: value), Double(bitPattern: first))
      return Failure(.invalidArgument, "communicator: rank \(rank) has \(term.name) \(value), rank 0 \(first)")
    case .digest:
      return Failure(.invalidArgument, "communicator: rank \(rank) has other \(term.name) than rank 0")
    }
  }
}

import CDescentKernels

/// What is known of an algorithm that is stepped: the memory for its state, names, ranges and the bindings follow from it.
protocol RuleDescription {
  /// The pinned value of `descent_algorithm`.
  static var algorithm: Int32 { get }
  /// The name in configuration files, and how the algorithm is written.
  static var name: StaticString { get }
  static var title: StaticString { get }
  /// The update in one line, in the option and state names.
  static var formula: StaticString { get }
  /// The state buffers, in the order in which `update` sees them.
  static var states: RuleStates { get }
  /// The rule's own options and their defaults; the engine's come besides.
  static var options: RuleOptions { get }
  /// The numbers that it keeps for a group of tensors from one step to the next, saved with the state.
  static var scalars: RuleScalars { get }
  /// Whether decoupled weight decay is the rule's own affair, and not done before it.
  static var decaysItself: Bool { get }
  /// Which of its constants the parameters are multiplied with then; −1 if the decay is part of the step.
  static var keptConstant: Int32 { get }
  /// Where the averaged parameters are, which are to be evaluated in place of the tensors.
  static var average: RuleAverage { get }
  /// By what it multiplies a gradient, for proximal steps.
  static var metric: kernel_metric { get }
  /// What becomes of rows that steps pass by.
  static var missedRows: kernel_missed_rows { get }

  /// The numbers that are the same for every parameter in step `step` (from 1).
  static func prepare(step: UInt64, options: Options, scalars: inout Scalars) -> Constants<Double>
}

/// An optimizer's rule: everything that distinguishes one algorithm from another. The loop over the parameters follows from it.
protocol UpdateRule: RuleDescription {
  /// The update of a vector of parameters `w` with gradient `g`. A state that the options do not call for is zero at first
  /// and not kept.
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>)
}

/// A rule whose states that are always there do not depend on the values, nor do the values depend on the gradient when these
/// are known: so the two can be updated one after the other.
protocol TwoPartRule: UpdateRule {
  /// The new states.
  static func updateStates<V: KernelVector>(_ g: V, _ state: inout State<V>, _ constants: Constants<V>)
  /// The new parameters, and the states that options call for.
  static func updateValues<V: KernelVector>(_ w: inout V, _ state: inout State<V>, _ constants: Constants<V>)
}

extension TwoPartRule {
  @inline(__always)
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>) {
    updateStates(g, &state, constants)
    updateValues(&w, &state, constants)
  }
}

extension RuleDescription {
  static var scalars: RuleScalars {
    @inline(__always) get { RuleScalars() }
  }
  static var decaysItself: Bool {
    @inline(__always) get { false }
  }
  static var keptConstant: Int32 {
    @inline(__always) get { -1 }
  }
  static var average: RuleAverage {
    @inline(__always) get { .none }
  }
  static var metric: kernel_metric {
    @inline(__always) get { kernel_metric() }
  }
  static var missedRows: kernel_missed_rows {
    @inline(__always) get { KERNEL_MISSED_STAYS }
  }
}

extension kernel_metric {
  /// The learning rate.
  @inline(__always)
  static var rate: kernel_metric { .root(of: -1) }

  /// The learning rate divided by a root; states and constants by their numbers.
  @inline(__always)
  static func root(
    of state: Int8, or greatest: Int8 = -1, inside: Int8 = -1, epsilonInside: Int8 = -1, outside: Int8 = -1,
    epsilonOutside: Int8 = -1, rate: Int8 = -1
  ) -> kernel_metric {
    kernel_metric(
      is_known: true, rate: rate, state: state, greatest: greatest, inside: inside, epsilon_inside: epsilonInside,
      outside: outside, epsilon_outside: epsilonOutside)
  }
}

/// A rule with sums over whole tensors: they are taken before the update, in double and in a fixed order, and decide the
/// constants of each tensor.
protocol ReducingRule: UpdateRule {
  static var sums: RuleSums { get }
  /// How many terms `measure` has.
  static var termCount: Int { get }

  /// What is to be summed, of a vector of parameters. The state is what it was before the step.
  static func measure<V: KernelVector>(
    _ w: V, _ g: V, _ state: State<V>, _ constants: Constants<V>
  ) -> Terms<V>
  /// The constants of a tensor, from those of its group.
  static func combine(
    step: UInt64, options: Options, scalars: inout Scalars, sums: inout TensorSums, constants: inout Constants<Double>)
}

/// The terms of one vector of parameters.
typealias Terms<V> = InlineArray<3, V>

/// What is added up over a tensor.
struct RuleSum {
  let first: UInt8
  let second: UInt8
  let isOfMagnitudes: Bool

  @inline(__always)
  static func squares(_ term: UInt8) -> RuleSum { RuleSum(first: term, second: term, isOfMagnitudes: false) }
  @inline(__always)
  static func products(_ first: UInt8, _ second: UInt8) -> RuleSum {
    RuleSum(first: first, second: second, isOfMagnitudes: false)
  }
  @inline(__always)
  static func magnitudes(_ term: UInt8) -> RuleSum { RuleSum(first: term, second: term, isOfMagnitudes: true) }
}

struct RuleSums {
  let list: InlineArray<2, RuleSum?>

  @inline(__always)
  init(_ s0: RuleSum, _ s1: RuleSum? = nil) { list = [s0, s1] }
}

/// A tensor's sums as `combine` sees them.
struct TensorSums {
  let tensor: InlineArray<2, Double>
  /// The sums over all tensors of the step.
  let all: InlineArray<2, Double>
  /// Whether the tensor has one row.
  let isVector: Bool
  /// The number that the rule keeps of each tensor; receives the one after this step.
  var kept: Double
}

/// The state of one vector of parameters; a rule uses the first of these, as many as it has names.
typealias State<V> = InlineArray<6, V>

/// A step's numbers: doubles as `prepare` returns them, vectors as `update` gets them.
typealias Constants<Value> = InlineArray<16, Value>

/// What a rule keeps for a group of tensors.
typealias Scalars = InlineArray<4, Double>

extension InlineArray where count == 16, Element == Double {
  @inline(__always)
  init(
    _ c0: Double, _ c1: Double = 0, _ c2: Double = 0, _ c3: Double = 0,
    _ c4: Double = 0, _ c5: Double = 0, _ c6: Double = 0, _ c7: Double = 0,
    _ c8: Double = 0, _ c9: Double = 0, _ c10: Double = 0, _ c11: Double = 0,
    _ c12: Double = 0, _ c13: Double = 0, _ c14: Double = 0, _ c15: Double = 0
  ) {
    self = [c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15]
  }
}

/// A state buffer of a rule.
struct RuleState {
  let name: StaticString
  let layout: kernel_layout
  /// How its numbers may be stored.
  let kind: kernel_kind
  /// The option that calls for it when it is not 0; option 0 stands for a state that is always there.
  let needs: UInt32
  /// The option that is its first value; option 0 for zero, `KERNEL_INITIAL_VALUES` for the tensor's values.
  let initial: UInt32

  @inline(__always)
  init(
    _ name: StaticString, _ kind: kernel_kind = KERNEL_SIGNED, ifSet needs: kernel_option? = nil,
    startingAt initial: kernel_option? = nil
  ) {
    self.name = name
    self.kind = kind
    layout = KERNEL_EACH_ELEMENT
    self.needs = needs?.rawValue ?? 0
    self.initial = initial?.rawValue ?? 0
  }

  /// A state that starts as a copy of the tensor.
  @inline(__always)
  init(copyOfValues name: StaticString) {
    self.name = name
    kind = KERNEL_PRECISE
    layout = KERNEL_EACH_ELEMENT
    needs = 0
    initial = UInt32(KERNEL_INITIAL_VALUES)
  }

  /// A state of which the matrix method says what shape it has, if a tensor has it.
  @inline(__always)
  init(ofMatrices name: StaticString) {
    self.name = name
    kind = KERNEL_PRECISE
    layout = KERNEL_BY_MATRIX_METHOD
    needs = 0
    initial = 0
  }

  /// A number of each tensor, which `combine` sees; a rule has one at the most.
  @inline(__always)
  init(ofEachTensor name: StaticString) {
    self.name = name
    kind = KERNEL_PRECISE
    layout = KERNEL_EACH_TENSOR
    needs = 0
    initial = 0
  }

  static var none: RuleState {
    @inline(__always) get { RuleState("") }
  }
}

/// The states of a rule. Its count is known when the loop is compiled.
struct RuleStates {
  let count: Int
  let list: InlineArray<6, RuleState>

  @inline(__always)
  init(
    _ s0: RuleState? = nil, _ s1: RuleState? = nil, _ s2: RuleState? = nil, _ s3: RuleState? = nil,
    _ s4: RuleState? = nil, _ s5: RuleState? = nil
  ) {
    list = [s0 ?? .none, s1 ?? .none, s2 ?? .none, s3 ?? .none, s4 ?? .none, s5 ?? .none]
    count = s0 == nil ? 0 : s1 == nil ? 1 : s2 == nil ? 2 : s3 == nil ? 3 : s4 == nil ? 4 : s5 == nil ? 5 : 6
  }

  /// Spelled out: in a loop the indices would become known too late for the questions about each state to fall away.
  @inline(__always)
  func forEachIndex(_ body: (Int) -> Void) {
    if count > 0 { body(0) }
    if count > 1 { body(1) }
    if count > 2 { body(2) }
    if count > 3 { body(3) }
    if count > 4 { body(4) }
    if count > 5 { body(5) }
  }

  /// The same for those that are always there.
  @inline(__always)
  func forEachKept(_ body: (Int) -> Void) {
    forEachIndex { if list[$0].needs == 0 { body($0) } }
  }
}

/// A number that a rule keeps from one step to the next.
struct RuleScalar {
  let name: StaticString
  let initial: Double

  @inline(__always)
  init(_ name: StaticString, startingAt initial: Double = 0) { (self.name, self.initial) = (name, initial) }
}

struct RuleScalars {
  let list: InlineArray<4, RuleScalar?>

  @inline(__always)
  init(
    _ s0: RuleScalar? = nil, _ s1: RuleScalar? = nil, _ s2: RuleScalar? = nil, _ s3: RuleScalar? = nil
  ) { list = [s0, s1, s2, s3] }
}

/// Where a rule's averaged parameters are; the states are those with these numbers.
enum RuleAverage {
  case none
  case state(UInt32)
  /// On the way from the state to the tensor and beyond it: `w + (1 − 1/β) (s − w)`.
  case beyond(UInt32, by: kernel_option)
}

/// An option of a rule, with its default in each dialect.
struct RuleOption {
  let option: kernel_option
  let textbook: Double
  /// nil where it is the textbook's.
  let pytorch: Double?
  let keras: Double?
  let optax: Double?

  @inline(__always)
  init(
    _ option: kernel_option, _ textbook: Double, pytorch: Double? = nil, keras: Double? = nil, optax: Double? = nil
  ) {
    self.option = option
    self.textbook = textbook
    self.pytorch = pytorch
    self.keras = keras
    self.optax = optax
  }
}

/// The options of a rule.
struct RuleOptions {
  let list: InlineArray<14, RuleOption?>

  @inline(__always)
  init(
    _ o0: RuleOption? = nil, _ o1: RuleOption? = nil, _ o2: RuleOption? = nil, _ o3: RuleOption? = nil,
    _ o4: RuleOption? = nil, _ o5: RuleOption? = nil, _ o6: RuleOption? = nil, _ o7: RuleOption? = nil,
    _ o8: RuleOption? = nil, _ o9: RuleOption? = nil, _ o10: RuleOption? = nil, _ o11: RuleOption? = nil,
    _ o12: RuleOption? = nil, _ o13: RuleOption? = nil
  ) {
    list = [o0, o1, o2, o3, o4, o5, o6, o7, o8, o9, o10, o11, o12, o13]
  }

  /// Spelled out: in a loop the list would first be written to memory, which takes much more code than all that is done with
  /// it.
  @inline(__always)
  func forEach(_ body: (RuleOption) -> Void) {
    if let option = list[0] { body(option) }
    if let option = list[1] { body(option) }
    if let option = list[2] { body(option) }
    if let option = list[3] { body(option) }
    if let option = list[4] { body(option) }
    if let option = list[5] { body(option) }
    if let option = list[6] { body(option) }
    if let option = list[7] { body(option) }
    if let option = list[8] { body(option) }
    if let option = list[9] { body(option) }
    if let option = list[10] { body(option) }
    if let option = list[11] { body(option) }
    if let option = list[12] { body(option) }
    if let option = list[13] { body(option) }
  }
}

/// An optimizer's option values.
struct Options {
  let values: UnsafePointer<Double>
  let memory: UnsafeMutablePointer<kernel_memory>?

  subscript(option: kernel_option) -> Double {
    @inline(__always) get { values[Int(option.rawValue)] }
  }

  func isOn(_ option: kernel_option) -> Bool { self[option] != 0 }

  /// The bias correction `1 − βᵗ`. Each of a rule's βs has a place of its own, where powers are kept from one step to the next.
  @inline(__always)
  func correction(_ beta: kernel_option, _ step: UInt64, place: Int) -> Double {
    oneMinusPower(self[beta], step, kept: memory.map { kernel_power_at($0, place) })
  }

  /// Whose arithmetic is wanted.
  var dialect: kernel_dialect {
    @inline(__always) get { kernel_dialect(rawValue: UInt32(self[KERNEL_DIALECT])) }
  }
}

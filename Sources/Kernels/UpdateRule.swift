import CDescentKernels

/// An optimizer's rule: everything that distinguishes one algorithm from another. The loop over the parameters, the memory for
/// the state, names, ranges and the bindings all follow from it.
protocol UpdateRule {
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

  /// The numbers that are the same for every parameter in step `step` (from 1).
  static func prepare(step: UInt64, options: Options) -> Constants<Double>
  /// The update of a vector of parameters `w` with gradient `g`. A state that the options do not call for is zero at first
  /// and not kept.
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>)
}

/// The state of one vector of parameters; a rule uses the first of these, as many as it has names.
typealias State<V> = (V, V, V)

/// A step's numbers: doubles as `prepare` returns them, vectors as `update` gets them.
struct Constants<Value> {
  var values: (Value, Value, Value, Value, Value, Value, Value, Value)
}

extension Constants<Double> {
  @inline(__always)
  init(
    _ c0: Double, _ c1: Double = 0, _ c2: Double = 0, _ c3: Double = 0,
    _ c4: Double = 0, _ c5: Double = 0, _ c6: Double = 0, _ c7: Double = 0
  ) {
    values = (c0, c1, c2, c3, c4, c5, c6, c7)
  }
}

/// A state buffer of a rule.
struct RuleState {
  let name: StaticString
  /// The option that calls for it when it is not 0; option 0 stands for a state that is always there.
  let needs: UInt32
  /// The option that is its first value; option 0 for zero.
  let initial: UInt32

  @inline(__always)
  init(_ name: StaticString, ifSet needs: kernel_option? = nil, startingAt initial: kernel_option? = nil) {
    self.name = name
    self.needs = needs?.rawValue ?? 0
    self.initial = initial?.rawValue ?? 0
  }
}

/// The states of a rule. Its count is known when the loop is compiled.
struct RuleStates {
  let count: Int
  let list: (RuleState, RuleState, RuleState)

  @inline(__always)
  init() { (count, list) = (0, (RuleState(""), RuleState(""), RuleState(""))) }
  @inline(__always)
  init(_ s0: RuleState) { (count, list) = (1, (s0, RuleState(""), RuleState(""))) }
  @inline(__always)
  init(_ s0: RuleState, _ s1: RuleState) { (count, list) = (2, (s0, s1, RuleState(""))) }
  @inline(__always)
  init(_ s0: RuleState, _ s1: RuleState, _ s2: RuleState) { (count, list) = (3, (s0, s1, s2)) }
}

/// An option of a rule, with its default in each dialect.
struct RuleOption {
  let option: kernel_option
  let textbook: Double
  let pytorch: Double
  let keras: Double
  let optax: Double

  /// A dialect that is not named has the textbook's default.
  @inline(__always)
  init(
    _ option: kernel_option, _ textbook: Double, pytorch: Double? = nil, keras: Double? = nil, optax: Double? = nil
  ) {
    self.option = option
    self.textbook = textbook
    self.pytorch = pytorch ?? textbook
    self.keras = keras ?? textbook
    self.optax = optax ?? textbook
  }
}

/// The options of a rule; unused places hold option 0.
struct RuleOptions {
  let list: (RuleOption, RuleOption, RuleOption, RuleOption, RuleOption, RuleOption)

  @inline(__always)
  init(
    _ o0: RuleOption, _ o1: RuleOption = .none, _ o2: RuleOption = .none, _ o3: RuleOption = .none,
    _ o4: RuleOption = .none, _ o5: RuleOption = .none
  ) {
    list = (o0, o1, o2, o3, o4, o5)
  }
}

extension RuleOption {
  static var none: RuleOption {
    @inline(__always) get { RuleOption(kernel_option(rawValue: 0), 0) }
  }
}

/// An optimizer's option values.
struct Options {
  let values: UnsafePointer<Double>
  let memory: UnsafeMutablePointer<kernel_memory>?

  subscript(option: kernel_option) -> Double {
    @inline(__always) get { values[Int(option.rawValue)] }
  }

  /// Where a rule can keep a power from one step to the next.
  @inline(__always)
  func power(_ index: Int) -> UnsafeMutablePointer<kernel_power>? { memory.map { kernel_power_at($0, index) } }

  /// Whose arithmetic is wanted.
  var dialect: kernel_dialect {
    @inline(__always) get { kernel_dialect(rawValue: UInt32(self[KERNEL_DIALECT])) }
  }
}

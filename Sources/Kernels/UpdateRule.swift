import CDescentKernels

/// An optimizer's rule: everything that tells one algorithm from another. The loop over the parameters, the memory for
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
  static var stateNames: StateNames { get }
  /// The rule's own options and their defaults. Every rule has `weight_decay` besides.
  static var options: RuleOptions { get }

  /// The numbers that are the same for every parameter in step `step` (from 1).
  static func prepare(step: UInt64, options: Options) -> Constants<Double>
  /// The update of a vector of parameters `w` with gradient `g`.
  static func update<V: KernelVector>(_ w: inout V, _ g: V, _ state: inout State<V>, _ constants: Constants<V>)
}

/// The state of one vector of parameters; a rule uses the first of these, as many as it has names.
typealias State<V> = (V, V, V, V)

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

struct StateNames {
  let count: Int
  let names: (StaticString, StaticString, StaticString, StaticString)

  static var none: StateNames {
    @inline(__always) get { StateNames(count: 0, names: ("", "", "", "")) }
  }
  @inline(__always)
  static func one(_ name: StaticString) -> StateNames { StateNames(count: 1, names: (name, "", "", "")) }
  @inline(__always)
  static func two(_ a: StaticString, _ b: StaticString) -> StateNames { StateNames(count: 2, names: (a, b, "", "")) }
}

/// Option numbers and defaults; unused places hold option 0.
struct RuleOptions {
  typealias Entry = (option: kernel_option, value: Double)
  let entries: (Entry, Entry, Entry, Entry, Entry, Entry)

  static let unused: Entry = (kernel_option(rawValue: 0), 0)

  @inline(__always)
  init(
    _ e0: Entry, _ e1: Entry = unused, _ e2: Entry = unused,
    _ e3: Entry = unused, _ e4: Entry = unused, _ e5: Entry = unused
  ) {
    entries = (e0, e1, e2, e3, e4, e5)
  }
}

/// An optimizer's option values.
struct Options {
  let values: UnsafePointer<Double>

  subscript(option: kernel_option) -> Double {
    @inline(__always) get { values[Int(option.rawValue)] }
  }
}

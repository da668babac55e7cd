/// A method that decides itself where to evaluate the function. The kernels know what it is called and which options it has;
/// what it does is in the engine, in Descent/Batch.
protocol BatchMethod {
  /// The pinned value of `descent_algorithm`.
  static var algorithm: Int32 { get }
  static var name: StaticString { get }
  static var title: StaticString { get }
  /// An iteration in one line, in the option names.
  static var formula: StaticString { get }
  static var options: RuleOptions { get }
  /// Whether it fits linear models, and does not go along a function.
  static var isForModels: Bool { get }
}

extension BatchMethod {
  static var isForModels: Bool { false }
}

import CDescentKernels

nonisolated(unsafe) private let baseline = availableKernels()[0]

/// A tensor that a kernel rule updates step by step, and textbook code beside it with the same gradients.
public struct TrajectoryRun<Element: ElementType> {
  private let rule: UnsafePointer<kernel_rule>
  private let textbook: TextbookRule
  private let options: [String: Double]
  private var t: UInt64 = 0

  public private(set) var values: [Element]
  public private(set) var state: [[Element]]
  /// What textbook code makes of the kernel's result of the step before: off by the rounding errors of one step.
  public private(set) var oneStep: [TextbookParameter<Element>] = []
  /// What textbook code makes of the initial values in all steps so far, without any rounding to `Element`.
  public private(set) var allSteps: [TextbookParameter<Element>]
  /// The greatest magnitude that each weight has had.
  public private(set) var greatest: [Double]

  public init(
    rule: UnsafePointer<kernel_rule>, textbook: TextbookRule, options: [String: Double], initial: [Element]
  ) {
    (self.rule, self.textbook, self.options) = (rule, textbook, options)
    values = initial
    state = textbook.stateNames.map { _ in [Element](repeating: 0, count: initial.count) }
    allSteps = initial.map { TextbookParameter(weight: $0, state: textbook.stateNames.map { _ in 0 }) }
    greatest = initial.map { Double($0.magnitude) }
  }

  public mutating func step(gradient: [Element]) {
    t += 1
    oneStep = values.indices.map { index in TextbookParameter(weight: values[index], state: state.map { $0[index] }) }
    textbook.step(&oneStep, gradient: gradient, options: options, t: t)
    textbook.step(&allSteps, gradient: gradient, options: options, t: t)

    let tensor = RuleRun(values: values, gradient: gradient, state: state)
    tensor.update(
      by: rule, of: baseline, constants: rule.constants(options: options, t: t),
      coupledDecay: options["weight_decay"] ?? 0)
    values = tensor.values.values
    state = tensor.state.map(\.values)
    for index in values.indices { greatest[index] = max(greatest[index], Double(values[index].magnitude)) }
  }
}

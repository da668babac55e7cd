import CDescentKernels

/// Nonlinear conjugate gradients, with the direction of Hager and Zhang ("A new conjugate gradient method with guaranteed
/// descent and an efficient line search", 2005).
enum ConjugateGradient: BatchMethod {
  static var algorithm: Int32 { 81 }
  static var name: StaticString { "conjugate_gradient" }
  static var title: StaticString { "ConjugateGradient" }
  static var formula: StaticString {
    "w += a * d, with a by a line search; y = g - g_before, d = b * d - g, b = (y - 2 * d * |y|^2 / (d y)) g / (d y)"
  }
  static var options: RuleOptions {
    RuleOptions(
      RuleOption(KERNEL_LINE_SEARCH_STEPS, 20), RuleOption(KERNEL_WOLFE_DECREASE, 1e-4),
      RuleOption(KERNEL_WOLFE_CURVATURE, 0.1))
  }
}

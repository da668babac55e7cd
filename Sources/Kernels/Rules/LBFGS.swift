import CDescentKernels

/// The quasi-Newton method with limited memory (Nocedal, "Updating quasi-Newton matrices with limited storage", 1980; Liu and
/// Nocedal 1989), with bounds (Byrd, Lu, Nocedal and Zhu 1995; Morales and Nocedal 2011) and with l1 (OWL-QN: Andrew and
/// Gao 2007).
enum LBFGS: BatchMethod {
  static var algorithm: Int32 { 80 }
  static var name: StaticString { "lbfgs" }
  static var title: StaticString { "LBFGS" }
  static var formula: StaticString {
    "w -= a * H * g, with H from the last changes of w and g (history), and a by a line search"
  }
  static var options: RuleOptions {
    RuleOptions(
      RuleOption(KERNEL_L1, 0), RuleOption(KERNEL_HISTORY, 10), RuleOption(KERNEL_LINE_SEARCH_STEPS, 20),
      RuleOption(KERNEL_WOLFE_DECREASE, 1e-4), RuleOption(KERNEL_WOLFE_CURVATURE, 0.9),
      RuleOption(KERNEL_PART_ITERATIONS, 10))
  }
}

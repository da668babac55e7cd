/// Coordinate descent on Newton's approximations (Friedman, Hastie and Tibshirani, "Regularization paths for generalized linear
/// models via coordinate descent", 2010; Yuan, Ho and Lin, "An improved GLMNET for L1-regularized logistic regression", 2012),
/// for linear models.
enum CoordinateDescent: BatchMethod {
  static var algorithm: Int32 { 83 }
  static var name: StaticString { "coordinate_descent" }
  static var title: StaticString { "CoordinateDescent" }
  static var formula: StaticString {
    "W += a * d, with d near the minimum of g * d + d * H * d / 2 + l1 * |W + d|, weight after weight, and a by a line search"
  }
  static var options: RuleOptions { RuleOptions() }
  static var isForModels: Bool { true }
}

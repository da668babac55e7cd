/// Stochastic dual coordinate ascent (Hsieh, Chang, Lin, Keerthi and Sundararajan, "A dual coordinate descent method for
/// large-scale linear SVM", 2008; Shalev-Shwartz and Zhang 2013), for linear models.
enum SDCA: BatchMethod {
  static var algorithm: Int32 { 82 }
  static var name: StaticString { "sdca" }
  static var title: StaticString { "SDCA" }
  static var formula: StaticString {
    "W += (a' - a) * x / (2 * l2 * n) for sample after sample, with a' where the dual problem is greatest along it"
  }
  static var options: RuleOptions { RuleOptions() }
  static var isForModels: Bool { true }
}

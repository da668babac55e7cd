import CDescentKernels

/// Writes a rule into the next free place of the table.
@inline(__always)
func add<Rule: UpdateRule>(
  _: Rule.Type,
  _ prepare: @escaping @convention(c) (UInt64, UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void,
  _ updateFloat32: @escaping @convention(c) (UnsafePointer<kernel_update>) -> Void,
  _ updateFloat64: @escaping @convention(c) (UnsafePointer<kernel_update>) -> Void,
  to table: UnsafeMutablePointer<kernel_table>
) {
  let rule = kernel_rule_at(table, table.pointee.rule_count)
  table.pointee.rule_count &+= 1
  rule.pointee.algorithm = Rule.algorithm
  rule.pointee.name = cString(Rule.name)
  rule.pointee.title = cString(Rule.title)
  rule.pointee.formula = cString(Rule.formula)
  rule.pointee.prepare = prepare
  rule.pointee.update_float32 = updateFloat32
  rule.pointee.update_float64 = updateFloat64

  let states = Rule.stateNames
  rule.pointee.state_count = states.count
  if states.count > 0 { rule.pointee.state_names.0 = cString(states.names.0) }
  if states.count > 1 { rule.pointee.state_names.1 = cString(states.names.1) }
  if states.count > 2 { rule.pointee.state_names.2 = cString(states.names.2) }
  if states.count > 3 { rule.pointee.state_names.3 = cString(states.names.3) }

  let options = Rule.options.entries
  allow((KERNEL_WEIGHT_DECAY, 0), in: rule)
  allow(options.0, in: rule)
  allow(options.1, in: rule)
  allow(options.2, in: rule)
  allow(options.3, in: rule)
  allow(options.4, in: rule)
  allow(options.5, in: rule)
}

@inline(__always)
private func allow(_ entry: RuleOptions.Entry, in rule: UnsafeMutablePointer<kernel_rule>) {
  guard entry.option.rawValue != 0 else { return }
  kernel_rule_allow(rule, entry.option, entry.value)
}

@inline(__always)
func add<L: ClassificationLoss>(
  _: L.Type, _ float32: @escaping kernel_row_loss, _ float64: @escaping kernel_row_loss,
  to table: UnsafeMutablePointer<kernel_table>
) {
  addLoss(
    kernel_loss(
      loss: L.loss, name: cString(L.name), takes_labels: true, targets_are_probabilities: false,
      float32: float32, float64: float64),
    to: table)
}

@inline(__always)
func add<L: RegressionLoss>(
  _: L.Type, _ float32: @escaping kernel_row_loss, _ float64: @escaping kernel_row_loss,
  to table: UnsafeMutablePointer<kernel_table>
) {
  addLoss(
    kernel_loss(
      loss: L.loss, name: cString(L.name), takes_labels: false,
      targets_are_probabilities: L.targetsAreProbabilities, float32: float32, float64: float64),
    to: table)
}

@inline(__always)
private func addLoss(_ loss: kernel_loss, to table: UnsafeMutablePointer<kernel_table>) {
  kernel_loss_at(table, table.pointee.loss_count).pointee = loss
  table.pointee.loss_count &+= 1
}

@inline(__always)
func prepare<Rule: UpdateRule>(
  _: Rule.Type, _ step: UInt64, _ options: UnsafePointer<Double>, _ constants: UnsafeMutablePointer<Double>
) {
  let prepared = Rule.prepare(step: step, options: Options(values: options))
  UnsafeMutableRawPointer(constants).storeBytes(of: prepared, as: Constants<Double>.self)
}

/// String literals are compiled with a terminating zero.
@inline(__always)
func cString(_ text: StaticString) -> UnsafePointer<CChar> {
  UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}

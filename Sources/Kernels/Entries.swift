import CDescentKernels

/// Writes a rule into the next free place of the table.
@inline(__always)
func add<Rule: UpdateRule>(
  _: Rule.Type,
  _ prepare:
    @escaping @convention(c) (
      UInt64, UnsafePointer<Double>, UnsafeMutablePointer<kernel_memory>?, UnsafeMutablePointer<Double>
    ) -> Void,
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

  let states = Rule.states
  if states.count > 0 { add(states.list.0, to: rule) }
  if states.count > 1 { add(states.list.1, to: rule) }
  if states.count > 2 { add(states.list.2, to: rule) }

  let options = Rule.options.list
  add(options.0, to: rule)
  add(options.1, to: rule)
  add(options.2, to: rule)
  add(options.3, to: rule)
  add(options.4, to: rule)
  add(options.5, to: rule)
}

@inline(__always)
private func add(_ state: RuleState, to rule: UnsafeMutablePointer<kernel_rule>) {
  kernel_rule_add_state(rule, cString(state.name), state.needs, state.initial)
}

@inline(__always)
private func add(_ option: RuleOption, to rule: UnsafeMutablePointer<kernel_rule>) {
  guard option.option.rawValue != 0 else { return }
  kernel_rule_allow(rule, option.option, option.textbook, option.pytorch, option.keras, option.optax)
}

@inline(__always)
func add<L: ClassificationLoss>(
  _: L.Type, _ sum: @escaping kernel_row_loss, _ packed: @escaping kernel_packed_loss,
  to table: UnsafeMutablePointer<kernel_table>
) {
  addLoss(
    kernel_loss(
      loss: L.loss, name: cString(L.name), takes_labels: true, targets_are_probabilities: false,
      stays_finite: L.staysFinite, sum: sum, packed: packed),
    to: table)
}

@inline(__always)
func add<L: RegressionLoss>(
  _: L.Type, _ sum: @escaping kernel_row_loss, to table: UnsafeMutablePointer<kernel_table>
) {
  addLoss(
    kernel_loss(
      loss: L.loss, name: cString(L.name), takes_labels: false,
      targets_are_probabilities: L.targetsAreProbabilities, stays_finite: false, sum: sum, packed: nil),
    to: table)
}

@inline(__always)
private func addLoss(_ loss: kernel_loss, to table: UnsafeMutablePointer<kernel_table>) {
  kernel_loss_at(table, table.pointee.loss_count).pointee = loss
  table.pointee.loss_count &+= 1
}

@inline(__always)
func prepare<Rule: UpdateRule>(
  _: Rule.Type, _ step: UInt64, _ options: UnsafePointer<Double>, _ memory: UnsafeMutablePointer<kernel_memory>?,
  _ constants: UnsafeMutablePointer<Double>
) {
  let prepared = Rule.prepare(step: step, options: Options(values: options, memory: memory))
  UnsafeMutableRawPointer(constants).storeBytes(of: prepared, as: Constants<Double>.self)
}

/// String literals are compiled with a terminating zero.
@inline(__always)
func cString(_ text: StaticString) -> UnsafePointer<CChar> {
  UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}

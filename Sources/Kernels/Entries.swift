import CDescentKernels

/// Writes a rule into the next free place of the table.
@inline(__always)
func add<Rule: UpdateRule>(
  _: Rule.Type,
  _ prepare: @escaping @convention(c) (UnsafePointer<kernel_preparation>) -> Void,
  _ updateFloat32: @escaping kernel_update_function,
  _ updateFloat64: @escaping kernel_update_function,
  to table: UnsafeMutablePointer<kernel_table>
) {
  let rule = kernel_rule_at(table, table.pointee.rule_count)
  table.pointee.rule_count &+= 1
  rule.pointee.update_float32 = updateFloat32
  rule.pointee.update_float64 = updateFloat64
  #if SIMD_Kernels
    describe(Rule.self, prepare, rule)
  #endif
}

/// Writes the loop for codes of the rule that was written last. The baseline goes without: there it is not worth its size.
func addCodes(_ update: @escaping kernel_update_codes, to table: UnsafeMutablePointer<kernel_table>) {
  #if !SIMD_Kernels
    kernel_rule_at(table, table.pointee.rule_count &- 1).pointee.update_codes = update
  #endif
}

/// Writes a rule with sums over whole tensors.
@inline(__always)
func add<Rule: ReducingRule>(
  _: Rule.Type,
  _ prepare: @escaping @convention(c) (UnsafePointer<kernel_preparation>) -> Void,
  _ combine: @escaping @convention(c) (UnsafePointer<kernel_preparation>, UnsafeMutablePointer<kernel_sums>) -> Void,
  _ measureFloat32: @escaping kernel_measure_function,
  _ measureFloat64: @escaping kernel_measure_function,
  _ updateFloat32: @escaping kernel_update_function,
  _ updateFloat64: @escaping kernel_update_function,
  to table: UnsafeMutablePointer<kernel_table>
) {
  let rule = kernel_rule_at(table, table.pointee.rule_count)
  add(Rule.self, prepare, updateFloat32, updateFloat64, to: table)
  rule.pointee.measure_float32 = measureFloat32
  rule.pointee.measure_float64 = measureFloat64
  #if SIMD_Kernels
    rule.pointee.combine = combine
    let sums = Rule.sums.list
    for index in sums.indices {
      if let sum = sums[index] { kernel_rule_add_sum(rule, sum.first, sum.second, sum.isOfMagnitudes) }
    }
  #endif
}

/// Writes a rule without a loop over elements: the engine has it for whole tensors.
@inline(__always)
func add<Rule: RuleDescription>(
  _: Rule.Type, _ prepare: @escaping @convention(c) (UnsafePointer<kernel_preparation>) -> Void,
  to table: UnsafeMutablePointer<kernel_table>
) {
  let rule = kernel_rule_at(table, table.pointee.rule_count)
  table.pointee.rule_count &+= 1
  #if SIMD_Kernels
    describe(Rule.self, prepare, rule)
  #endif
}

/// Writes a batch method, which has no loop of its own.
@inline(__always)
func add<Method: BatchMethod>(_: Method.Type, to table: UnsafeMutablePointer<kernel_table>) {
  let rule = kernel_rule_at(table, table.pointee.rule_count)
  table.pointee.rule_count &+= 1
  #if SIMD_Kernels
    rule.pointee.is_batch = true
    rule.pointee.is_for_models = Method.isForModels
    rule.pointee.algorithm = Method.algorithm
    rule.pointee.name = cString(Method.name)
    rule.pointee.title = cString(Method.title)
    rule.pointee.formula = cString(Method.formula)
    allow(Method.options, rule)
  #endif
}

/// All that is the same for every instruction set; the baseline's module writes it.
@inline(__always)
private func describe<Rule: RuleDescription>(
  _: Rule.Type, _ prepare: @escaping @convention(c) (UnsafePointer<kernel_preparation>) -> Void,
  _ rule: UnsafeMutablePointer<kernel_rule>
) {
  rule.pointee.algorithm = Rule.algorithm
  rule.pointee.name = cString(Rule.name)
  rule.pointee.title = cString(Rule.title)
  rule.pointee.formula = cString(Rule.formula)
  rule.pointee.prepare = prepare
  rule.pointee.decays_itself = Rule.decaysItself
  rule.pointee.kept_constant = Rule.keptConstant
  rule.pointee.metric = Rule.metric
  rule.pointee.missed_rows = Rule.missedRows
  switch Rule.average {
  case .none: rule.pointee.average = KERNEL_NO_AVERAGE
  case .state(let state): (rule.pointee.average, rule.pointee.average_state) = (KERNEL_AVERAGE_IS_STATE, state)
  case .beyond(let state, let option):
    (rule.pointee.average, rule.pointee.average_state) = (KERNEL_AVERAGE_IS_BEYOND, state)
    rule.pointee.average_option = option.rawValue
  }
  let states = Rule.states
  for index in 0..<states.count {
    let state = states.list[index]
    kernel_rule_add_state(
      rule, cString(state.name), state.layout, state.kind, state.needs, state.initial)
  }
  let scalars = Rule.scalars.list
  for index in scalars.indices {
    if let scalar = scalars[index] { kernel_rule_add_scalar(rule, cString(scalar.name), scalar.initial) }
  }
  allow(Rule.options, rule)
}

@inline(__always)
private func allow(_ options: RuleOptions, _ rule: UnsafeMutablePointer<kernel_rule>) {
  options.forEach { option in
    kernel_rule_allow(rule, option.option, option.textbook)
    if let value = option.pytorch { kernel_rule_set_default(rule, option.option, KERNEL_PYTORCH, value) }
    if let value = option.keras { kernel_rule_set_default(rule, option.option, KERNEL_KERAS, value) }
    if let value = option.optax { kernel_rule_set_default(rule, option.option, KERNEL_OPTAX, value) }
  }
}

/// Writes a loss with labels, and the loss of a column that it has with two classes, or with all of them where it does not join
/// them.
@inline(__always)
func add<L: ClassificationLoss, Column: ColumnLoss>(
  _: L.Type, _ sum: @escaping kernel_row_loss, _ packed: @escaping kernel_packed_loss, column _: Column.Type,
  _ column: @escaping kernel_column_loss, joinsColumns: Bool, to table: UnsafeMutablePointer<kernel_table>
) {
  let loss = nextLoss(sum, packed, column, of: table)
  #if SIMD_Kernels
    (loss.pointee.loss, loss.pointee.name, loss.pointee.takes_labels) = (L.loss, cString(L.name), true)
    loss.pointee.least_target = -.infinity
    (loss.pointee.stays_finite, loss.pointee.has_kinks) = (L.staysFinite, L.hasKinks)
    (loss.pointee.dual, loss.pointee.joins_columns) = (Column.dual, joinsColumns)
  #endif
}

@inline(__always)
func add<L: RegressionLoss>(
  _: L.Type, _ sum: @escaping kernel_row_loss, _ packed: @escaping kernel_packed_loss,
  _ column: @escaping kernel_column_loss, to table: UnsafeMutablePointer<kernel_table>
) {
  let loss = nextLoss(sum, packed, column, of: table)
  #if SIMD_Kernels
    (loss.pointee.loss, loss.pointee.name) = (L.loss, cString(L.name))
    (loss.pointee.least_target, loss.pointee.greatest_target) = (L.targets.least, L.targets.greatest)
    (loss.pointee.response, loss.pointee.dual) = (L.response, L.dual)
    loss.pointee.has_kinks = L.kinks(parameter: 0) != nil
    if let parameter = L.parameter {
      loss.pointee.parameter_name = cString(parameter.name)
      (loss.pointee.parameter_minimum, loss.pointee.parameter_maximum) = (parameter.minimum, parameter.maximum)
      loss.pointee.parameter_default = parameter.standard
    }
  #endif
}

@inline(__always)
private func nextLoss(
  _ sum: @escaping kernel_row_loss, _ packed: @escaping kernel_packed_loss, _ column: @escaping kernel_column_loss,
  of table: UnsafeMutablePointer<kernel_table>
) -> UnsafeMutablePointer<kernel_loss> {
  let loss = kernel_loss_at(table, table.pointee.loss_count)
  table.pointee.loss_count &+= 1
  (loss.pointee.sum, loss.pointee.packed, loss.pointee.column) = (sum, packed, column)
  return loss
}

@inline(__always)
func prepare<Rule: RuleDescription>(_: Rule.Type, _ preparation: UnsafePointer<kernel_preparation>) {
  let options = Options(values: preparation.pointee.options, memory: preparation.pointee.memory)
  let constants = UnsafeMutableRawPointer(preparation.pointee.constants)
  let scalars = UnsafeMutableRawPointer(preparation.pointee.scalars)
  var kept = scalars.loadUnaligned(as: Scalars.self)
  let prepared = Rule.prepare(step: preparation.pointee.step, options: options, scalars: &kept)
  constants.storeBytes(of: prepared, as: Constants<Double>.self)
  scalars.storeBytes(of: kept, as: Scalars.self)
}

@inline(__always)
func combine<Rule: ReducingRule>(
  _: Rule.Type, _ preparation: UnsafePointer<kernel_preparation>, _ sums: UnsafeMutablePointer<kernel_sums>
) {
  let options = Options(values: preparation.pointee.options, memory: preparation.pointee.memory)
  let constants = UnsafeMutableRawPointer(preparation.pointee.constants)
  let scalars = UnsafeMutableRawPointer(preparation.pointee.scalars)
  let (tensor, all) = (kernel_sums_of_tensor(sums), kernel_sums_of_all(sums))
  var made = constants.loadUnaligned(as: Constants<Double>.self)
  var kept = scalars.loadUnaligned(as: Scalars.self)
  var given = TensorSums(
    tensor: [tensor[0], tensor[1]], all: [all[0], all[1]], isVector: sums.pointee.is_vector, kept: sums.pointee.kept)
  Rule.combine(step: preparation.pointee.step, options: options, scalars: &kept, sums: &given, constants: &made)
  constants.storeBytes(of: made, as: Constants<Double>.self)
  scalars.storeBytes(of: kept, as: Scalars.self)
  sums.pointee.kept = given.kept
}

/// String literals are compiled with a terminating zero.
@inline(__always)
func cString(_ text: StaticString) -> UnsafePointer<CChar> {
  UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}

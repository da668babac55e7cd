import CDescent
import Descent

@_cdecl("descent_optimizer_create") @implementation
public func descent_optimizer_create(
  _ algorithm: descent_algorithm, _ out: UnsafeMutablePointer<OpaquePointer?>!
) -> descent_status {
  report { () throws(Failure) in
    let out = try require(out, "out")
    out.pointee = OpaquePointer(try makeHandle(Optimizer(Algorithm.find(algorithm.rawValue))))
  }
}

@_cdecl("descent_optimizer_free") @implementation
public func descent_optimizer_free(_ optimizer: OpaquePointer!) {
  if let optimizer { freeHandle(UnsafeMutablePointer<Optimizer>(optimizer)) }
}

@_cdecl("descent_optimizer_algorithm") @implementation
public func descent_optimizer_algorithm(_ optimizer: OpaquePointer!) -> descent_algorithm {
  guard let optimizer else { return descent_algorithm(rawValue: 0) }
  return descent_algorithm(rawValue: UnsafeMutablePointer<Optimizer>(optimizer).pointee.algorithm.number)
}

@_cdecl("descent_optimizer_set") @implementation
public func descent_optimizer_set(
  _ optimizer: OpaquePointer!, _ option: descent_option, _ value: Double
) -> descent_status {
  report { () throws(Failure) in
    let optimizer = try require(optimizer, "optimizer", as: Optimizer.self)
    try optimizer.pointee.set(Option.find(option.rawValue), to: value)
  }
}

@_cdecl("descent_optimizer_get") @implementation
public func descent_optimizer_get(
  _ optimizer: OpaquePointer!, _ option: descent_option, _ value: UnsafeMutablePointer<Double>!
) -> descent_status {
  report { () throws(Failure) in
    let optimizer = try require(optimizer, "optimizer", as: Optimizer.self)
    let value = try require(value, "value")
    value.pointee = try optimizer.pointee.value(of: Option.find(option.rawValue))
  }
}

@_cdecl("descent_optimizer_set_group") @implementation
public func descent_optimizer_set_group(
  _ optimizer: OpaquePointer!, _ group: UInt32, _ option: descent_option, _ value: Double
) -> descent_status {
  report { () throws(Failure) in
    let optimizer = try require(optimizer, "optimizer", as: Optimizer.self)
    try optimizer.pointee.set(Option.find(option.rawValue), group: group, to: value)
  }
}

@_cdecl("descent_optimizer_get_group") @implementation
public func descent_optimizer_get_group(
  _ optimizer: OpaquePointer!, _ group: UInt32, _ option: descent_option, _ value: UnsafeMutablePointer<Double>!
) -> descent_status {
  report { () throws(Failure) in
    let optimizer = try require(optimizer, "optimizer", as: Optimizer.self)
    let value = try require(value, "value")
    value.pointee = try optimizer.pointee.value(of: Option.find(option.rawValue), group: group)
  }
}

@_cdecl("descent_optimizer_learning_rate") @implementation
public func descent_optimizer_learning_rate(
  _ optimizer: OpaquePointer!, _ learning_rate: UnsafeMutablePointer<Double>!
) -> descent_status {
  report { () throws(Failure) in
    let optimizer = try require(optimizer, "optimizer", as: Optimizer.self)
    let rate = try require(learning_rate, "learning_rate")
    try optimizer.pointee.requireLearningRate()
    rate.pointee = optimizer.pointee.learningRate
  }
}

@_cdecl("descent_optimizer_report_loss") @implementation
public func descent_optimizer_report_loss(_ optimizer: OpaquePointer!, _ loss: Double) -> descent_status {
  report { () throws(Failure) in
    let optimizer = try require(optimizer, "optimizer", as: Optimizer.self)
    try optimizer.pointee.report(loss: loss)
  }
}

@_cdecl("descent_optimizer_health") @implementation
public func descent_optimizer_health(
  _ optimizer: OpaquePointer!, _ health: UnsafeMutablePointer<descent_health>!
) -> descent_status {
  report { () throws(Failure) in
    let optimizer = try require(optimizer, "optimizer", as: Optimizer.self)
    let out = try ResultStruct(health, "health")
    let health = optimizer.pointee.health
    var record = descent_health()
    record.step = health.step
    record.gradient_norm = health.gradientNorm
    record.update_norm = health.updateNorm
    record.parameter_norm = health.valueNorm
    record.update_ratio = health.updateRatio
    record.update_cosine = health.updateCosine
    record.zero_fraction = health.zeroFraction
    record.clipped_steps = health.clippedSteps
    record.skipped_steps = health.skippedSteps
    record.not_finite = health.notFinite
    record.state_not_finite = health.stateNotFinite
    out.write(record)
  }
}

@_cdecl("descent_optimizer_step") @implementation
public func descent_optimizer_step(
  _ optimizer: OpaquePointer!, _ tensors: UnsafePointer<descent_tensor>!, _ count: Int
) -> descent_status {
  report { () throws(Failure) in
    let optimizer = try require(optimizer, "optimizer", as: Optimizer.self)
    let tensors = try require(tensors, "tensors")
    try optimizer.pointee.step(TensorList(tensors, count: count))
  }
}

@_cdecl("descent_optimizer_step_parameters") @implementation
public func descent_optimizer_step_parameters(
  _ optimizer: OpaquePointer!, _ parameters: UnsafePointer<descent_parameter>!, _ count: Int
) -> descent_status {
  report { () throws(Failure) in
    let optimizer = try require(optimizer, "optimizer", as: Optimizer.self)
    try optimizer.pointee.step(tensorList(parameters, count: count))
  }
}

@_cdecl("descent_optimizer_use_average") @implementation
public func descent_optimizer_use_average(
  _ optimizer: OpaquePointer!, _ tensors: UnsafePointer<descent_tensor>!, _ count: Int, _ use: Bool
) -> descent_status {
  report { () throws(Failure) in
    let optimizer = try require(optimizer, "optimizer", as: Optimizer.self)
    let tensors = try require(tensors, "tensors")
    try optimizer.pointee.useAverage(TensorList(tensors, count: count), use)
  }
}

@_cdecl("descent_optimizer_step_count") @implementation
public func descent_optimizer_step_count(_ optimizer: OpaquePointer!) -> UInt64 {
  guard let optimizer else { return 0 }
  return UnsafeMutablePointer<Optimizer>(optimizer).pointee.stepCount
}

@_cdecl("descent_optimizer_reset") @implementation
public func descent_optimizer_reset(_ optimizer: OpaquePointer!) -> descent_status {
  report { () throws(Failure) in try require(optimizer, "optimizer", as: Optimizer.self).pointee.reset() }
}

@_cdecl("descent_optimizer_state") @implementation
public func descent_optimizer_state(
  _ optimizer: OpaquePointer!, _ tensor: Int, _ name: UnsafePointer<CChar>!,
  _ data: UnsafeMutablePointer<UnsafeMutableRawPointer?>!, _ count: UnsafeMutablePointer<Int>!
) -> descent_status {
  report { () throws(Failure) in
    let optimizer = try require(optimizer, "optimizer", as: Optimizer.self)
    let name = try require(name, "name")
    let (data, count) = (try require(data, "data"), try require(count, "count"))
    let buffer = try optimizer.pointee.state(tensor: tensor, named: name)
    data.pointee = buffer.baseAddress
    count.pointee = buffer.count
  }
}

@_cdecl("descent_optimizer_state_shape") @implementation
public func descent_optimizer_state_shape(
  _ optimizer: OpaquePointer!, _ tensor: Int, _ name: UnsafePointer<CChar>!, _ rows: UnsafeMutablePointer<Int>!,
  _ columns: UnsafeMutablePointer<Int>!
) -> descent_status {
  report { () throws(Failure) in
    let optimizer = try require(optimizer, "optimizer", as: Optimizer.self)
    let name = try require(name, "name")
    let (rows, columns) = (try require(rows, "rows"), try require(columns, "columns"))
    let buffer = try optimizer.pointee.state(tensor: tensor, named: name)
    rows.pointee = buffer.rows
    columns.pointee = buffer.columns
  }
}

@_cdecl("descent_optimizer_tensor_count") @implementation
public func descent_optimizer_tensor_count(_ optimizer: OpaquePointer!) -> Int {
  guard let optimizer else { return 0 }
  return UnsafeMutablePointer<Optimizer>(optimizer).pointee.tensorCount
}

@_cdecl("descent_optimizer_tensor") @implementation
public func descent_optimizer_tensor(
  _ optimizer: OpaquePointer!, _ tensor: Int, _ rows: UnsafeMutablePointer<Int>!,
  _ columns: UnsafeMutablePointer<Int>!, _ dtype: UnsafeMutablePointer<descent_dtype>!
) -> descent_status {
  report { () throws(Failure) in
    let optimizer = try require(optimizer, "optimizer", as: Optimizer.self)
    let (rows, columns) = (try require(rows, "rows"), try require(columns, "columns"))
    let dtype = try require(dtype, "dtype")
    let shape = try optimizer.pointee.tensor(tensor)
    rows.pointee = shape.rows
    columns.pointee = shape.columns
    dtype.pointee = descent_dtype(rawValue: shape.type.rawValue)
  }
}

@_cdecl("descent_optimizer_group_count") @implementation
public func descent_optimizer_group_count(_ optimizer: OpaquePointer!) -> Int {
  guard let optimizer else { return 0 }
  return UnsafeMutablePointer<Optimizer>(optimizer).pointee.groupCount
}

@_cdecl("descent_optimizer_group_at") @implementation
public func descent_optimizer_group_at(_ optimizer: OpaquePointer!, _ index: Int) -> UInt32 {
  guard let optimizer else { return 0 }
  return UnsafeMutablePointer<Optimizer>(optimizer).pointee.group(at: index)
}

@_cdecl("descent_optimizer_is_set") @implementation
public func descent_optimizer_is_set(_ optimizer: OpaquePointer!, _ group: UInt32, _ option: descent_option) -> Bool {
  guard let optimizer, let option = try? Option.find(option.rawValue) else { return false }
  return UnsafeMutablePointer<Optimizer>(optimizer).pointee.isSet(option, group: group)
}
@_cdecl("descent_optimizer_state_dtype") @implementation
public func descent_optimizer_state_dtype(
  _ optimizer: OpaquePointer!, _ tensor: Int, _ name: UnsafePointer<CChar>!,
  _ dtype: UnsafeMutablePointer<descent_dtype>!
) -> descent_status {
  report { () throws(Failure) in
    let optimizer = try require(optimizer, "optimizer", as: Optimizer.self)
    let (name, dtype) = (try require(name, "name"), try require(dtype, "dtype"))
    dtype.pointee = descent_dtype(rawValue: try optimizer.pointee.state(tensor: tensor, named: name).dtype)
  }
}

@_cdecl("descent_optimizer_widen_state") @implementation
public func descent_optimizer_widen_state(
  _ optimizer: OpaquePointer!, _ tensor: Int, _ name: UnsafePointer<CChar>!, _ out: UnsafeMutablePointer<Double>!,
  _ count: Int
) -> descent_status {
  report { () throws(Failure) in
    let optimizer = try require(optimizer, "optimizer", as: Optimizer.self)
    let (name, out) = (try require(name, "name"), try require(out, "out"))
    let state = try optimizer.pointee.state(tensor: tensor, named: name)
    try requireCount(count, of: state)
    state.widen(to: out)
  }
}

@_cdecl("descent_optimizer_narrow_state") @implementation
public func descent_optimizer_narrow_state(
  _ optimizer: OpaquePointer!, _ tensor: Int, _ name: UnsafePointer<CChar>!, _ numbers: UnsafePointer<Double>!,
  _ count: Int
) -> descent_status {
  report { () throws(Failure) in
    let optimizer = try require(optimizer, "optimizer", as: Optimizer.self)
    let (name, numbers) = (try require(name, "name"), try require(numbers, "numbers"))
    let state = try optimizer.pointee.state(tensor: tensor, named: name)
    try requireCount(count, of: state)
    state.narrow(numbers)
  }
}

private func requireCount(_ count: Int, of state: StateView) throws(Failure) {
  if count != state.count {
    throw Failure(.invalidArgument, "count: \(UInt(bitPattern: count)), but the state has \(state.count) numbers")
  }
}

@_cdecl("descent_optimizer_tensor_number") @implementation
public func descent_optimizer_tensor_number(
  _ optimizer: OpaquePointer!, _ tensor: Int, _ group: UInt32, _ name: UnsafePointer<CChar>!,
  _ value: UnsafeMutablePointer<Double>!
) -> descent_status {
  report { () throws(Failure) in
    let optimizer = try require(optimizer, "optimizer", as: Optimizer.self)
    let (name, value) = (try require(name, "name"), try require(value, "value"))
    value.pointee = try optimizer.pointee.number(ofTensor: tensor, group: group, named: name)
  }
}

@_cdecl("descent_optimizer_set_tensor_number") @implementation
public func descent_optimizer_set_tensor_number(
  _ optimizer: OpaquePointer!, _ tensor: Int, _ group: UInt32, _ name: UnsafePointer<CChar>!, _ value: Double
) -> descent_status {
  report { () throws(Failure) in
    let optimizer = try require(optimizer, "optimizer", as: Optimizer.self)
    let name = try require(name, "name")
    try optimizer.pointee.setNumber(ofTensor: tensor, group: group, named: name, to: value)
  }
}

@_cdecl("descent_optimizer_prepare") @implementation
public func descent_optimizer_prepare(
  _ optimizer: OpaquePointer!, _ parameters: UnsafePointer<descent_parameter>!, _ count: Int
) -> descent_status {
  report { () throws(Failure) in
    let optimizer = try require(optimizer, "optimizer", as: Optimizer.self)
    try optimizer.pointee.prepare(tensorList(parameters, count: count))
  }
}

/// The tensors that an array of parameters describes.
private func tensorList(
  _ parameters: UnsafePointer<descent_parameter>?, count: Int
) throws(Failure) -> TensorList {
  let structs = try StructList(UnsafeMutablePointer(mutating: require(parameters, "parameters")), "parameters")
  let list = try TensorList(parameters: structs.base, stride: structs.stride, count: count)
  try structs.check(count: count)
  return list
}

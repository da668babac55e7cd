import CDescent
import Descent

// What a binding needs to list algorithms, options and losses: by number, by name, by index.

@_cdecl("descent_algorithm_name") @implementation
public func descent_algorithm_name(_ algorithm: descent_algorithm) -> UnsafePointer<CChar>! {
  (try? Algorithm.find(algorithm.rawValue))?.name
}

@_cdecl("descent_algorithm_from_name") @implementation
public func descent_algorithm_from_name(
  _ name: UnsafePointer<CChar>!, _ out: UnsafeMutablePointer<descent_algorithm>!
) -> descent_status {
  report { () throws(Failure) in
    let (name, out) = (try require(name, "name"), try require(out, "out"))
    out.pointee = descent_algorithm(rawValue: try Algorithm.named(name).number)
  }
}

@_cdecl("descent_algorithm_count") @implementation
public func descent_algorithm_count() -> Int { Algorithm.count }

@_cdecl("descent_algorithm_at") @implementation
public func descent_algorithm_at(_ index: Int) -> descent_algorithm {
  descent_algorithm(rawValue: Algorithm.at(index)?.number ?? 0)
}

@_cdecl("descent_algorithm_title") @implementation
public func descent_algorithm_title(_ algorithm: descent_algorithm) -> UnsafePointer<CChar>! {
  (try? Algorithm.find(algorithm.rawValue))?.title
}

@_cdecl("descent_algorithm_formula") @implementation
public func descent_algorithm_formula(_ algorithm: descent_algorithm) -> UnsafePointer<CChar>! {
  (try? Algorithm.find(algorithm.rawValue))?.formula
}

@_cdecl("descent_algorithm_state_name") @implementation
public func descent_algorithm_state_name(_ algorithm: descent_algorithm, _ index: Int) -> UnsafePointer<CChar>! {
  (try? Algorithm.find(algorithm.rawValue))?.stateName(index)
}

@_cdecl("descent_algorithm_kept_name") @implementation
public func descent_algorithm_kept_name(_ algorithm: descent_algorithm, _ index: Int) -> UnsafePointer<CChar>! {
  (try? Algorithm.find(algorithm.rawValue))?.keptName(index)
}

@_cdecl("descent_algorithm_state_shape") @implementation
public func descent_algorithm_state_shape(
  _ algorithm: descent_algorithm, _ index: Int, _ rows: Int, _ columns: Int,
  _ state_rows: UnsafeMutablePointer<Int>!, _ state_columns: UnsafeMutablePointer<Int>!
) -> descent_status {
  report { () throws(Failure) in
    let (stateRows, stateColumns) = (
      try require(state_rows, "state_rows"), try require(state_columns, "state_columns")
    )
    let algorithm = try Algorithm.find(algorithm.rawValue)
    let shape = try algorithm.stateShape(index, of: Shape(rows: rows, columns: columns, type: .float64))
    stateRows.pointee = shape.rows
    stateColumns.pointee = shape.columns
  }
}

@_cdecl("descent_option_name") @implementation
public func descent_option_name(_ option: descent_option) -> UnsafePointer<CChar>! {
  (try? Option.find(option.rawValue))?.name
}

@_cdecl("descent_option_from_name") @implementation
public func descent_option_from_name(
  _ name: UnsafePointer<CChar>!, _ out: UnsafeMutablePointer<descent_option>!
) -> descent_status {
  report { () throws(Failure) in
    let (name, out) = (try require(name, "name"), try require(out, "out"))
    out.pointee = descent_option(rawValue: try Option.named(name).number)
  }
}

@_cdecl("descent_option_count") @implementation
public func descent_option_count() -> Int { Option.count }

@_cdecl("descent_option_at") @implementation
public func descent_option_at(_ index: Int) -> descent_option {
  descent_option(rawValue: Option.at(index)?.number ?? 0)
}

@_cdecl("descent_option_range") @implementation
public func descent_option_range(
  _ algorithm: descent_algorithm, _ option: descent_option, _ minimum: UnsafeMutablePointer<Double>!,
  _ maximum: UnsafeMutablePointer<Double>!, _ default_value: UnsafeMutablePointer<Double>!
) -> descent_status {
  report { () throws(Failure) in
    let minimum = try require(minimum, "minimum")
    let maximum = try require(maximum, "maximum")
    let defaultValue = try require(default_value, "default_value")
    let algorithm = try Algorithm.find(algorithm.rawValue)
    let option = try Option.find(option.rawValue)
    defaultValue.pointee = try algorithm.defaultValue(of: option)
    minimum.pointee = option.minimum
    maximum.pointee = option.maximum
  }
}

@_cdecl("descent_option_is_switch") @implementation
public func descent_option_is_switch(_ option: descent_option) -> Bool {
  (try? Option.find(option.rawValue))?.isSwitch ?? false
}

@_cdecl("descent_loss_takes_labels") @implementation
public func descent_loss_takes_labels(_ loss: descent_loss) -> Bool {
  (try? LossFunction.find(loss.rawValue))?.takesLabels ?? false
}

@_cdecl("descent_loss_parameter_name") @implementation
public func descent_loss_parameter_name(_ loss: descent_loss) -> UnsafePointer<CChar>! {
  (try? LossFunction.find(loss.rawValue))?.parameterName
}

@_cdecl("descent_loss_parameter_range") @implementation
public func descent_loss_parameter_range(
  _ loss: descent_loss, _ minimum: UnsafeMutablePointer<Double>!, _ maximum: UnsafeMutablePointer<Double>!,
  _ default_value: UnsafeMutablePointer<Double>!
) -> descent_status {
  report { () throws(Failure) in
    let minimum = try require(minimum, "minimum")
    let maximum = try require(maximum, "maximum")
    let defaultValue = try require(default_value, "default_value")
    let range = try LossFunction.find(loss.rawValue).parameterRange()
    (minimum.pointee, maximum.pointee, defaultValue.pointee) = (range.minimum, range.maximum, range.standard)
  }
}

@_cdecl("descent_loss_name") @implementation
public func descent_loss_name(_ loss: descent_loss) -> UnsafePointer<CChar>! {
  (try? LossFunction.find(loss.rawValue))?.name
}

@_cdecl("descent_loss_from_name") @implementation
public func descent_loss_from_name(
  _ name: UnsafePointer<CChar>!, _ out: UnsafeMutablePointer<descent_loss>!
) -> descent_status {
  report { () throws(Failure) in
    let (name, out) = (try require(name, "name"), try require(out, "out"))
    out.pointee = descent_loss(rawValue: try LossFunction.named(name).number)
  }
}

@_cdecl("descent_loss_count") @implementation
public func descent_loss_count() -> Int { LossFunction.count }

@_cdecl("descent_loss_at") @implementation
public func descent_loss_at(_ index: Int) -> descent_loss {
  descent_loss(rawValue: LossFunction.at(index)?.number ?? 0)
}

@_cdecl("descent_algorithm_is_batch") @implementation
public func descent_algorithm_is_batch(_ algorithm: descent_algorithm) -> Bool {
  (try? Algorithm.find(algorithm.rawValue))?.isBatch ?? false
}

@_cdecl("descent_algorithm_is_for_models") @implementation
public func descent_algorithm_is_for_models(_ algorithm: descent_algorithm) -> Bool {
  (try? Algorithm.find(algorithm.rawValue))?.isForModels ?? false
}

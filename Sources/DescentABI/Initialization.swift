import CDescent
import Descent

@_cdecl("descent_initialize") @implementation
public func descent_initialize(
  _ initializer: descent_initializer, _ dtype: descent_dtype, _ rows: Int, _ columns: Int, _ scale: Double,
  _ seed: UInt64, _ values: UnsafeMutableRawPointer!
) -> descent_status {
  report { () throws(Failure) in
    let values = try require(values, "values")
    let shape = try Shape(rows: rows, columns: columns, type: ElementType.checked(dtype.rawValue))
    try Initializer.find(initializer.rawValue).fill(values, shape, scale: scale, seed: seed)
  }
}

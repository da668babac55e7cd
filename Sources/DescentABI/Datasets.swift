import CDescent
import Descent

@_cdecl("descent_dataset_check") @implementation
public func descent_dataset_check(_ data: UnsafePointer<descent_dataset>!, _ outputs: Int) -> descent_status {
  report { () throws(Failure) in try dataset(data).check(outputs: outputs) }
}

/// The data set that a caller described. `name` is the argument's.
func dataset(_ pointer: UnsafePointer<descent_dataset>?, _ name: StaticString = "data") throws(Failure) -> Dataset {
  let data = try read(pointer, name)
  if data.reserved != 0 { throw Failure(.invalidArgument, "data: reserved: \(data.reserved) is not 0") }
  var set = try data.row_starts == nil ? fullRows(data) : sparseRows(data)
  if let targets = data.targets {
    set.targets = Dataset.Targets(targets, try targetType(data.target_dtype))
  }
  set.weights = data.weights
  return set
}

private func fullRows(_ data: descent_dataset) throws(Failure) -> Dataset {
  guard let type = Dataset.FeatureType(rawValue: data.dtype.rawValue), type != .float16 && type != .bfloat16 else {
    throw Failure(
      .invalidArgument,
      """
      data: dtype: \(data.dtype.rawValue) is none of DESCENT_FLOAT32 (1), DESCENT_FLOAT64 (2), DESCENT_UINT8 (3)
      """)
  }
  if data.column_indices != nil { throw Failure(.nullPointer, "data: row_starts is NULL, but column_indices is not") }
  return try Dataset(
    features: require(data.features, "data: features"), type: type, labels: data.labels, samples: data.samples,
    dimension: data.dimension, scale: data.scale, offset: data.offset)
}

private func sparseRows(_ data: descent_dataset) throws(Failure) -> Dataset {
  guard let type = Dataset.FeatureType(rawValue: data.dtype.rawValue) else {
    throw Failure(
      .invalidArgument,
      """
      data: dtype: \(data.dtype.rawValue) is none of DESCENT_FLOAT32 (1), DESCENT_FLOAT64 (2), DESCENT_UINT8 (3), \
      DESCENT_FLOAT16 (4), DESCENT_BFLOAT16 (5)
      """)
  }
  return try Dataset(
    values: data.features, type: type, rowStarts: data.row_starts, columns: data.column_indices,
    storedCount: data.stored_count, labels: data.labels, samples: data.samples, dimension: data.dimension,
    scale: data.scale, offset: data.offset)
}

private func targetType(_ dtype: descent_dtype) throws(Failure) -> ElementType {
  if dtype.rawValue == 0 { return .float32 }
  guard let type = ElementType(rawValue: dtype.rawValue), type == .float32 || type == .float64 else {
    throw Failure(
      .invalidArgument,
      "data: target_dtype: \(dtype.rawValue) is neither DESCENT_FLOAT32 (1) nor DESCENT_FLOAT64 (2)")
  }
  return type
}

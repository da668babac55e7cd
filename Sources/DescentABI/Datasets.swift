import CDescent
import Descent

@_cdecl("descent_dataset_check") @implementation
public func descent_dataset_check(_ data: UnsafePointer<descent_dataset>!, _ outputs: Int) -> descent_status {
  report { () throws(Failure) in try dataset(data).check(outputs: outputs) }
}

/// The data set that a caller described. `name` is the argument's. Among several processes one may be without samples.
func dataset(
  _ pointer: UnsafePointer<descent_dataset>?, _ name: StaticString = "data", mayBeEmpty: Bool = false
) throws(Failure) -> Dataset {
  let data = try read(pointer, name)
  if data.reserved != 0 { throw Failure(.invalidArgument, "data: reserved: \(data.reserved) is not 0") }
  if data.reserved_2 != 0 { throw Failure(.invalidArgument, "data: reserved_2: \(data.reserved_2) is not 0") }
  var set = try data.row_starts == nil ? fullRows(data, mayBeEmpty) : sparseRows(data, mayBeEmpty)
  if let targets = data.targets {
    set.targets = Dataset.Targets(targets, try targetType(data.target_dtype))
  }
  set.weights = data.weights
  return set
}

private func fullRows(_ data: descent_dataset, _ mayBeEmpty: Bool) throws(Failure) -> Dataset {
  if data.column_indices != nil { throw Failure(.nullPointer, "data: row_starts is NULL, but column_indices is not") }
  // What is never read is any address.
  let features = mayBeEmpty && data.samples == 0 ? UnsafeRawPointer(bitPattern: 64) : data.features
  return try Dataset(
    features: require(features, "data: features"), type: featureType(data.dtype), labels: data.labels,
    samples: data.samples,
    dimension: data.dimension, scale: data.scale, offset: data.offset, mayBeEmpty: mayBeEmpty)
}

private func sparseRows(_ data: descent_dataset, _ mayBeEmpty: Bool) throws(Failure) -> Dataset {
  try Dataset(
    values: data.features, type: featureType(data.dtype), rowStarts: data.row_starts, columns: data.column_indices,
    storedCount: data.stored_count, labels: data.labels, samples: data.samples, dimension: data.dimension,
    scale: data.scale, offset: data.offset, mayBeEmpty: mayBeEmpty)
}

private func featureType(_ dtype: descent_dtype) throws(Failure) -> Dataset.FeatureType {
  guard let type = Dataset.FeatureType(rawValue: dtype.rawValue) else {
    throw Failure(
      .invalidArgument,
      """
      data: dtype: \(dtype.rawValue) is none of DESCENT_FLOAT32 (1), DESCENT_FLOAT64 (2), DESCENT_UINT8 (3), \
      DESCENT_FLOAT16 (4), DESCENT_BFLOAT16 (5)
      """)
  }
  return type
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

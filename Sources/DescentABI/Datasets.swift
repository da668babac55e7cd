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
  guard let type = Dataset.FeatureType(rawValue: data.dtype.rawValue) else {
    throw Failure(
      .invalidArgument,
      """
      data: dtype: \(data.dtype.rawValue) is none of DESCENT_FLOAT32 (1), DESCENT_FLOAT64 (2), DESCENT_UINT8 (3)
      """)
  }
  if data.reserved != 0 { throw Failure(.invalidArgument, "data: reserved: \(data.reserved) is not 0") }
  if data.reserved_2 != 0 { throw Failure(.invalidArgument, "data: reserved_2: \(data.reserved_2) is not 0") }
  // What is never read is any address.
  let features = mayBeEmpty && data.samples == 0 ? UnsafeRawPointer(pointer) : data.features
  var set = try Dataset(
    features: require(features, "data: features"), type: type, labels: data.labels, samples: data.samples,
    dimension: data.dimension, scale: data.scale, offset: data.offset, mayBeEmpty: mayBeEmpty)
  if let targets = data.targets {
    set.targets = Dataset.Targets(targets, try targetType(data.target_dtype))
  }
  set.weights = data.weights
  return set
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

import CDescent
import Descent

@_cdecl("descent_optimizer_save_size") @implementation
public func descent_optimizer_save_size(
  _ optimizer: OpaquePointer!, _ bytes: UnsafeMutablePointer<Int>!
) -> descent_status {
  saveSize(optimizer, "optimizer", as: Optimizer.self, bytes)
}

@_cdecl("descent_optimizer_save") @implementation
public func descent_optimizer_save(
  _ optimizer: OpaquePointer!, _ buffer: UnsafeMutableRawPointer!, _ capacity: Int,
  _ written: UnsafeMutablePointer<Int>!
) -> descent_status {
  save(optimizer, "optimizer", as: Optimizer.self, buffer, capacity, written)
}

@_cdecl("descent_optimizer_load") @implementation
public func descent_optimizer_load(
  _ buffer: UnsafeRawPointer!, _ size: Int, _ out: UnsafeMutablePointer<OpaquePointer?>!
) -> descent_status {
  load(Optimizer.self, buffer, size, out)
}

@_cdecl("descent_classifier_save_size") @implementation
public func descent_classifier_save_size(
  _ classifier: OpaquePointer!, _ bytes: UnsafeMutablePointer<Int>!
) -> descent_status {
  saveSize(classifier, "classifier", as: LinearModel.self, bytes)
}

@_cdecl("descent_classifier_save") @implementation
public func descent_classifier_save(
  _ classifier: OpaquePointer!, _ buffer: UnsafeMutableRawPointer!, _ capacity: Int,
  _ written: UnsafeMutablePointer<Int>!
) -> descent_status {
  save(classifier, "classifier", as: LinearModel.self, buffer, capacity, written)
}

@_cdecl("descent_classifier_load") @implementation
public func descent_classifier_load(
  _ buffer: UnsafeRawPointer!, _ size: Int, _ out: UnsafeMutablePointer<OpaquePointer?>!
) -> descent_status {
  loadModel(isRegressor: false, buffer, size, out)
}

@_cdecl("descent_regressor_save_size") @implementation
public func descent_regressor_save_size(
  _ regressor: OpaquePointer!, _ bytes: UnsafeMutablePointer<Int>!
) -> descent_status {
  saveSize(regressor, "regressor", as: LinearModel.self, bytes)
}

@_cdecl("descent_regressor_save") @implementation
public func descent_regressor_save(
  _ regressor: OpaquePointer!, _ buffer: UnsafeMutableRawPointer!, _ capacity: Int,
  _ written: UnsafeMutablePointer<Int>!
) -> descent_status {
  save(regressor, "regressor", as: LinearModel.self, buffer, capacity, written)
}

@_cdecl("descent_regressor_load") @implementation
public func descent_regressor_load(
  _ buffer: UnsafeRawPointer!, _ size: Int, _ out: UnsafeMutablePointer<OpaquePointer?>!
) -> descent_status {
  loadModel(isRegressor: true, buffer, size, out)
}

@_cdecl("descent_sampler_save_size") @implementation
public func descent_sampler_save_size(
  _ sampler: OpaquePointer!, _ bytes: UnsafeMutablePointer<Int>!
) -> descent_status {
  saveSize(sampler, "sampler", as: Sampler.self, bytes)
}

@_cdecl("descent_sampler_save") @implementation
public func descent_sampler_save(
  _ sampler: OpaquePointer!, _ buffer: UnsafeMutableRawPointer!, _ capacity: Int,
  _ written: UnsafeMutablePointer<Int>!
) -> descent_status {
  save(sampler, "sampler", as: Sampler.self, buffer, capacity, written)
}

@_cdecl("descent_sampler_load") @implementation
public func descent_sampler_load(
  _ buffer: UnsafeRawPointer!, _ size: Int, _ out: UnsafeMutablePointer<OpaquePointer?>!
) -> descent_status {
  load(Sampler.self, buffer, size, out)
}

@_cdecl("descent_optimizer_copy") @implementation
public func descent_optimizer_copy(
  _ optimizer: OpaquePointer!, _ out: UnsafeMutablePointer<OpaquePointer?>!
) -> descent_status {
  copy(optimizer, "optimizer", as: Optimizer.self, out)
}

@_cdecl("descent_sampler_copy") @implementation
public func descent_sampler_copy(
  _ sampler: OpaquePointer!, _ out: UnsafeMutablePointer<OpaquePointer?>!
) -> descent_status {
  copy(sampler, "sampler", as: Sampler.self, out)
}

@_cdecl("descent_classifier_copy") @implementation
public func descent_classifier_copy(
  _ classifier: OpaquePointer!, _ out: UnsafeMutablePointer<OpaquePointer?>!
) -> descent_status {
  copy(classifier, "classifier", as: LinearModel.self, out)
}

@_cdecl("descent_regressor_copy") @implementation
public func descent_regressor_copy(
  _ regressor: OpaquePointer!, _ out: UnsafeMutablePointer<OpaquePointer?>!
) -> descent_status {
  copy(regressor, "regressor", as: LinearModel.self, out)
}

@_cdecl("descent_checksum") @implementation
public func descent_checksum(_ bytes: UnsafeRawPointer!, _ size: Int) -> UInt64 {
  guard let bytes, size > 0 else { return 0 }
  return checksum(bytes, count: size)
}

private func saveSize<Value: Savable & ~Copyable>(
  _ handle: OpaquePointer?, _ name: StaticString, as _: Value.Type, _ bytes: UnsafeMutablePointer<Int>?
) -> descent_status {
  report { () throws(Failure) in
    let value = try require(handle, name, as: Value.self)
    try require(bytes, "bytes").pointee = value.pointee.savedSize()
  }
}

private func save<Value: Savable & ~Copyable>(
  _ handle: OpaquePointer?, _ name: StaticString, as _: Value.Type, _ buffer: UnsafeMutableRawPointer?,
  _ capacity: Int, _ written: UnsafeMutablePointer<Int>?
) -> descent_status {
  report { () throws(Failure) in
    let value = try require(handle, name, as: Value.self)
    let (buffer, written) = (try require(buffer, "buffer"), try require(written, "written"))
    written.pointee = try value.pointee.save(to: buffer, capacity: UInt(bitPattern: capacity))
  }
}

private func load<Value: Savable & ~Copyable>(
  _: Value.Type, _ buffer: UnsafeRawPointer?, _ size: Int, _ out: UnsafeMutablePointer<OpaquePointer?>?
) -> descent_status {
  report { () throws(Failure) in
    let (buffer, out) = (try require(buffer, "buffer"), try require(out, "out"))
    out.pointee = OpaquePointer(try makeHandle(try Value.load(buffer, size: UInt(bitPattern: size))))
  }
}

private func loadModel(
  isRegressor: Bool, _ buffer: UnsafeRawPointer?, _ size: Int, _ out: UnsafeMutablePointer<OpaquePointer?>?
) -> descent_status {
  report { () throws(Failure) in
    let (buffer, out) = (try require(buffer, "buffer"), try require(out, "out"))
    let model = try LinearModel.load(buffer, size: UInt(bitPattern: size))
    try model.require(isRegressor: isRegressor)
    out.pointee = OpaquePointer(try makeHandle(model))
  }
}

private func copy<Value: Savable & ~Copyable>(
  _ handle: OpaquePointer?, _ name: StaticString, as _: Value.Type, _ out: UnsafeMutablePointer<OpaquePointer?>?
) -> descent_status {
  report { () throws(Failure) in
    let value = try require(handle, name, as: Value.self)
    let out = try require(out, "out")
    out.pointee = OpaquePointer(try makeHandle(try value.pointee.duplicate()))
  }
}

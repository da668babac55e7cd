import CDescent
import Descent

/// The pointer, or the failure that it is NULL.
@inline(never)
func require<Pointer>(_ pointer: Pointer?, _ name: StaticString) throws(Failure) -> Pointer {
  guard let pointer else { throw isNull(name) }
  return pointer
}

// Not generic, so that there is one of it for all kinds of pointers.
@inline(never)
private func isNull(_ name: StaticString) -> Failure { Failure(.nullPointer, "\(name) is NULL") }

/// What a handle refers to.
func require<Value: ~Copyable>(
  _ handle: OpaquePointer?, _ name: StaticString, as _: Value.Type
) throws(Failure) -> UnsafeMutablePointer<Value> {
  UnsafeMutablePointer(try require(handle, name))
}

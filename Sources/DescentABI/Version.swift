import CDescent
import Descent

@_cdecl("descent_version") @implementation
public func descent_version() -> UInt32 {
  UInt32(10000 * DESCENT_VERSION_MAJOR + 100 * DESCENT_VERSION_MINOR + DESCENT_VERSION_PATCH)
}

@_cdecl("descent_version_string") @implementation
public func descent_version_string() -> UnsafePointer<CChar>! { cString("0.2.0") }

@_cdecl("descent_active_isa") @implementation
public func descent_active_isa() -> UnsafePointer<CChar>! { activeInstructionSet }

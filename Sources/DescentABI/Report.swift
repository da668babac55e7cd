import CDescent
import CErrorText
import Descent

/// Runs a call's body. A failure becomes a status, and its text this thread's last error.
func report(_ body: () throws(Failure) -> Void) -> descent_status {
  do {
    try body()
    return DESCENT_OK
  } catch {
    remember(error.message)
    return status(error.kind)
  }
}

private func status(_ kind: Failure.Kind) -> descent_status {
  switch kind {
  case .nullPointer: DESCENT_ERROR_NULL_POINTER
  case .invalidArgument: DESCENT_ERROR_INVALID_ARGUMENT
  case .unknownName: DESCENT_ERROR_UNKNOWN_NAME
  case .shapeMismatch: DESCENT_ERROR_SHAPE_MISMATCH
  case .notFinite: DESCENT_ERROR_NOT_FINITE
  case .outOfMemory: DESCENT_ERROR_OUT_OF_MEMORY
  case .corruptState: DESCENT_ERROR_CORRUPT_STATE
  case .unsupported: DESCENT_ERROR_UNSUPPORTED
  case .cancelled: DESCENT_ERROR_CANCELLED
  case .communication: DESCENT_ERROR_COMMUNICATION
  }
}

private func remember(_ message: Message) {
  let text = error_text()!
  for index in 0..<message.count { text[index] = CChar(bitPattern: message.bytes[index]) }
  text[message.count] = 0
}

@_cdecl("descent_last_error") @implementation
public func descent_last_error() -> UnsafePointer<CChar>! { UnsafePointer(error_text()) }

@_cdecl("descent_status_name") @implementation
public func descent_status_name(_ status: descent_status) -> UnsafePointer<CChar>! {
  switch status {
  case DESCENT_OK: cString("DESCENT_OK")
  case DESCENT_ERROR_NULL_POINTER: cString("DESCENT_ERROR_NULL_POINTER")
  case DESCENT_ERROR_INVALID_ARGUMENT: cString("DESCENT_ERROR_INVALID_ARGUMENT")
  case DESCENT_ERROR_UNKNOWN_NAME: cString("DESCENT_ERROR_UNKNOWN_NAME")
  case DESCENT_ERROR_SHAPE_MISMATCH: cString("DESCENT_ERROR_SHAPE_MISMATCH")
  case DESCENT_ERROR_NOT_FINITE: cString("DESCENT_ERROR_NOT_FINITE")
  case DESCENT_ERROR_OUT_OF_MEMORY: cString("DESCENT_ERROR_OUT_OF_MEMORY")
  case DESCENT_ERROR_CORRUPT_STATE: cString("DESCENT_ERROR_CORRUPT_STATE")
  case DESCENT_ERROR_UNSUPPORTED: cString("DESCENT_ERROR_UNSUPPORTED")
  case DESCENT_ERROR_CANCELLED: cString("DESCENT_ERROR_CANCELLED")
  case DESCENT_ERROR_COMMUNICATION: cString("DESCENT_ERROR_COMMUNICATION")
  default: cString("DESCENT_ERROR_UNKNOWN")
  }
}

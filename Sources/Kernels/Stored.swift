import CDescentKernels

// Numbers as they are stored, and the floats that are computed with. A type is one line in each direction.

func widen(_ out: UnsafeMutablePointer<Float>, _ numbers: UnsafeRawPointer, _ storage: UInt32, _ count: Int) {
  switch kernel_storage(rawValue: storage) {
  case KERNEL_BFLOAT16: widen(out, numbers, count) { kernel_widen_bfloat16($0, $1) }
  case KERNEL_FLOAT16: widen(out, numbers, count) { kernel_widen_float16($0, $1) }
  default: UnsafeMutableRawPointer(out).copyMemory(from: numbers, byteCount: count * 4)
  }
}

func narrow(_ out: UnsafeMutableRawPointer, _ numbers: UnsafePointer<Float>, _ storage: UInt32, _ count: Int) {
  switch kernel_storage(rawValue: storage) {
  case KERNEL_BFLOAT16: narrow(out, numbers, count) { out, numbers, _ in kernel_narrow_bfloat16(out, numbers) }
  case KERNEL_FLOAT16: narrow(out, numbers, count) { out, numbers, _ in kernel_narrow_float16(out, numbers) }
  default: out.copyMemory(from: numbers, byteCount: count * 4)
  }
}

/// The same, rounded stochastically.
func narrow(
  _ out: UnsafeMutableRawPointer, _ numbers: UnsafePointer<Float>, _ storage: UInt32, _ count: Int,
  draws: UnsafePointer<UInt16>
) {
  switch kernel_storage(rawValue: storage) {
  case KERNEL_BFLOAT16: narrow(out, numbers, count) { kernel_draw_bfloat16($0, $1, draws + $2) }
  default: narrow(out, numbers, count) { kernel_draw_float16($0, $1, draws + $2) }
  }
}

private var lanes: Int { @inline(__always) get { FloatVector.scalarCount } }

/// What does not fill a vector goes the same way, through memory that does.
@inline(__always)
private func widen(
  _ out: UnsafeMutablePointer<Float>, _ numbers: UnsafeRawPointer, _ count: Int,
  _ convert: (UnsafeMutablePointer<Float>, UnsafeRawPointer) -> Void
) {
  var index = 0
  while index + lanes <= count {
    convert(out + index, numbers + 2 * index)
    index += lanes
  }
  if index == count { return }
  var (part, wide) = (FloatVector(), FloatVector())
  withUnsafeMutableBytes(of: &part) { part in
    withUnsafeMutableBytes(of: &wide) { wide in
      let (part, wide) = (part.baseAddress.unsafelyUnwrapped, wide.baseAddress.unsafelyUnwrapped)
      part.copyMemory(from: numbers + 2 * index, byteCount: 2 * (count - index))
      convert(wide.assumingMemoryBound(to: Float.self), part)
      UnsafeMutableRawPointer(out + index).copyMemory(from: wide, byteCount: 4 * (count - index))
    }
  }
}

@inline(__always)
private func narrow(
  _ out: UnsafeMutableRawPointer, _ numbers: UnsafePointer<Float>, _ count: Int,
  _ convert: (UnsafeMutableRawPointer, UnsafePointer<Float>, Int) -> Void
) {
  var index = 0
  while index + lanes <= count {
    convert(out + 2 * index, numbers + index, index)
    index += lanes
  }
  if index == count { return }
  var (part, wide) = (FloatVector(), FloatVector())
  withUnsafeMutableBytes(of: &part) { part in
    withUnsafeMutableBytes(of: &wide) { wide in
      let (part, wide) = (part.baseAddress.unsafelyUnwrapped, wide.baseAddress.unsafelyUnwrapped)
      wide.copyMemory(from: numbers + index, byteCount: 4 * (count - index))
      convert(part, wide.assumingMemoryBound(to: Float.self), index)
      (out + 2 * index).copyMemory(from: part, byteCount: 2 * (count - index))
    }
  }
}

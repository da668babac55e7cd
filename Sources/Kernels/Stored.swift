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

/// Quantized numbers, block by block. A block that has a NaN or an infinity is NaN, all of it.
func widenCodes(
  _ out: UnsafeMutablePointer<Float>, _ codes: UnsafePointer<UInt8>, _ scales: UnsafePointer<Float>, _ count: Int,
  _ isUnsigned: Bool
) {
  var index = 0
  while index < count {
    let scale = scales[index / Int(KERNEL_QUANTIZED_BLOCK)]
    if isUnsigned {
      kernel_widen_codes(out + index, codes + index, scale, true)
    } else {
      kernel_widen_codes(out + index, codes + index, scale, false)
    }
    index += lanes
  }
}

func narrowCodes(
  _ codes: UnsafeMutablePointer<UInt8>, _ scales: UnsafeMutablePointer<Float>, _ numbers: UnsafePointer<Float>,
  _ count: Int, _ draws: UnsafePointer<UInt16>, _ isUnsigned: Bool
) {
  var first = 0
  while first < count {
    let last = min(first + Int(KERNEL_QUANTIZED_BLOCK), count)
    let greatest = greatestMagnitude(numbers, first, last)
    // Of the greatest number 1.875 units, the greatest code. Below the normal numbers there is nothing.
    var scale = greatest * Float(1 / 1.875)
    if scale < .leastNormalMagnitude { scale = 0 }
    let inverse = scale == 0 ? 0 : 1 / scale
    scales[first / Int(KERNEL_QUANTIZED_BLOCK)] = scale.isFinite ? scale : .nan
    var index = first
    while index < last {
      if !scale.isFinite {
        UnsafeMutableRawPointer(codes + index).initializeMemory(as: UInt8.self, repeating: 1, count: lanes)
      } else if isUnsigned {
        kernel_narrow_codes(codes + index, numbers + index, inverse, draws + index, true)
      } else {
        kernel_narrow_codes(codes + index, numbers + index, inverse, draws + index, false)
      }
      index += lanes
    }
    first = last
  }
}

@inline(__always)
private func greatestMagnitude(_ numbers: UnsafePointer<Float>, _ first: Int, _ last: Int) -> Float {
  var vector = FloatVector()
  return withUnsafeMutableBytes(of: &vector) {
    let greatest = $0.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: UInt32.self)
    var index = first
    while index < last {
      kernel_greater_magnitude(greatest, numbers + index)
      index += lanes
    }
    var bits: UInt32 = 0
    var lane = 0
    while lane < lanes {
      if greatest[lane] > bits { bits = greatest[lane] }
      lane += 1
    }
    return Float(bitPattern: bits)
  }
}

/// The draws for a group of elements.
func drawGroup(
  _ out: UnsafeMutablePointer<UInt16>, _ group: UInt64, _ key: UnsafePointer<UInt32>, _ tensor: UInt32,
  _ purpose: UInt32
) {
  var first = 0
  while first < Int(KERNEL_COUNTERS) {
    // Four vectors.
    var room = (FloatVector(), FloatVector(), FloatVector(), FloatVector())
    withUnsafeMutableBytes(of: &room) {
      let counters = $0.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: UInt32.self)
      kernel_first_counters(counters, group, UInt32(first), tensor, purpose)
      var (key0, key1) = (key[0], key[1])
      var round = 0
      while round < Int(KERNEL_ROUNDS) {
        kernel_draw_round(counters, key0, key1)
        (key0, key1) = (key0 &+ 0x9e37_79b9, key1 &+ 0xbb67_ae85)
        round += 1
      }
      kernel_store_draws(out + first, counters, 0)
      kernel_store_draws(out + first, counters, 1)
      kernel_store_draws(out + first, counters, 2)
      kernel_store_draws(out + first, counters, 3)
    }
    first += lanes
  }
}

import CDescentKernels

// Numbers as they are stored, and the floats that are computed with: the headers' functions, compiled for this instruction
// set. What a closure of the table calls is not inlined: here it is, and so belongs to this module.

@inline(never)
func widenStored(
  _ out: UnsafeMutablePointer<Float>, _ numbers: UnsafeRawPointer, _ storage: UInt32, _ count: Int
) { kernel_widen(out, numbers, storage, count) }

@inline(never)
func narrowStored(
  _ out: UnsafeMutableRawPointer, _ numbers: UnsafePointer<Float>, _ storage: UInt32, _ count: Int,
  _ drawing: UnsafePointer<kernel_drawing>?
) { kernel_narrow(out, numbers, storage, count, drawing) }

@inline(never)
func fillDraws(_ draws: UnsafeMutablePointer<kernel_draws>, _ key: UnsafePointer<UInt32>) {
  kernel_fill_draws(draws, key)
}

@inline(never)
func drawBlocks(
  _ words: UnsafeMutablePointer<UInt32>, _ key: UnsafePointer<UInt32>, _ block: UInt64, _ tensor: UInt32
) { kernel_draw_blocks(words, key, block, tensor) }

@inline(never)
func widenCodes(
  _ out: UnsafeMutablePointer<Float>, _ codes: UnsafePointer<UInt8>, _ scales: UnsafePointer<Float>, _ count: Int,
  _ isUnsigned: Bool
) { kernel_widen_codes(out, codes, scales, count, isUnsigned) }

@inline(never)
func greatestMagnitude(_ numbers: UnsafePointer<Float>, _ count: Int) -> Float {
  kernel_greatest_magnitude(numbers, count)
}

@inline(never)
func narrowCodes(
  _ codes: UnsafeMutablePointer<UInt8>, _ scale: UnsafeMutablePointer<Float>, _ greatest: Float,
  _ numbers: UnsafePointer<Float>, _ count: Int, _ drawing: UnsafePointer<kernel_drawing>, _ isUnsigned: Bool
) { kernel_narrow_codes(codes, scale, greatest, numbers, count, drawing, isUnsigned) }

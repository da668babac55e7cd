import CDescentKernels

/// The proximal step of l1: towards 0, and not beyond it. NaN stays.
func shrink(_ request: UnsafePointer<kernel_shrinking>) {
  let request = request.pointee
  let size = MemoryLayout<Float>.stride
  let threshold = FloatVector(repeating: Float(request.threshold))
  let inside = FloatVector(repeating: Float(request.inside))
  let outside = FloatVector(repeating: Float(request.outside))
  let epsilonInside = FloatVector(repeating: Float(request.epsilon_inside))
  let epsilonOutside = FloatVector(repeating: Float(request.epsilon_outside))
  let (values, bytes) = (UnsafeMutableRawPointer(request.values.unsafelyUnwrapped), request.count * size)
  var offset = 0
  while offset < bytes {
    let part = Part<FloatVector>(offset: offset, rest: bytes - offset)
    let w = part.load(UnsafeRawPointer(values))
    var distance = threshold
    if let squares = request.squares {
      var square = part.load(UnsafeRawPointer(squares)) * inside
      if let greatest = request.greatest { square = greater(part.load(UnsafeRawPointer(greatest)), square) }
      distance = threshold / ((square + epsilonInside).squareRoot() * outside + epsilonOutside)
    }
    let rest = magnitude(w) - distance
    part.store(FloatVector.choose(FloatVector(), over: sign(w) * rest, where: rest, isBelow: FloatVector()), to: values)
    offset += MemoryLayout<FloatVector>.stride
  }
}

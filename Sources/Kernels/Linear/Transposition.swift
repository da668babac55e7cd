import CDescentKernels

/// W transposed for the pass: a row for each class, padded with zeros up to the pitch.
func transposeWeights(
  _ out: UnsafeMutablePointer<Float>, _ weights: UnsafePointer<Float>, _ dimension: Int, _ classes: Int, _ pitch: Int
) {
  var column = 0
  while column < classes {
    let (source, target) = (weights + column, out + column * pitch)
    var index = 0
    while index + 8 <= dimension {
      store(SIMD8 { source[(index + $0) * classes] }, to: UnsafeMutableRawPointer(target + index))
      index += 8
    }
    while index < pitch {
      target[index] = index < dimension ? source[index * classes] : 0
      index += 1
    }
    column += 1
  }
}

/// Adds up the gradients of blocks of samples in order, in double. At the end it transposes the sum back and adds the
/// gradient of the regularization.
func combine(_ request: UnsafePointer<kernel_combination>, _ first: Int, _ last: Int) {
  let request = request.pointee
  let (classes, pitch) = (request.classes, request.pitch)
  let decay = Lanes(repeating: 2 * request.l2)
  var column = first
  while column < last {
    var index = 0
    while index < request.dimension {
      let place = column * pitch + index
      var sum =
        request.begins
        ? Lanes() : load(UnsafeRawPointer(request.total.unsafelyUnwrapped + place), as: Lanes.self)
      var part = 0
      while part < request.count {
        sum =
          sum + widen(load(UnsafeRawPointer(request.parts + part * classes * pitch + place), as: SIMD8<Float>.self))
        part += 1
      }
      if request.ends {
        let count = min(Lanes.scalarCount, request.dimension - index)
        let start = index * classes + column
        if request.l2 != 0 { sum = sum + decay * strided(request.weights + start, classes, count) }
        store(narrow(sum), count, to: request.gradient + start, classes)
      } else {
        store(sum, to: UnsafeMutableRawPointer(request.total.unsafelyUnwrapped + place))
      }
      index += Lanes.scalarCount
    }
    column += 1
  }
}

/// Writes the first `count` lanes to a column of a matrix.
@inline(__always)
private func store(_ x: SIMD8<Float>, _ count: Int, to column: UnsafeMutablePointer<Float>, _ pitch: Int) {
  @inline(__always)
  func store(_ count: Int) {
    var lane = 0
    while lane < count {
      column[lane * pitch] = x[lane]
      lane += 1
    }
  }
  // The first of the two is unrolled, and its lanes need not go through memory.
  if count == 8 { store(8) } else { store(count) }
}

/// Numbers of a column of a matrix; lanes past `count` repeat the last one.
@inline(__always)
private func strided(_ column: UnsafePointer<Float>, _ pitch: Int, _ count: Int) -> Lanes {
  Lanes { Double(column[min($0, count - 1) * pitch]) }
}

import CDescent

/// Parameters and their gradient of one type, in memory of their own. `shift` bytes away from any alignment.
final class TestTensor {
  let rows: Int
  let columns: Int
  let dtype: descent_dtype
  private let valueBytes: UnsafeMutableRawPointer
  private let gradientBytes: UnsafeMutableRawPointer
  private let shift: Int

  init(_ rows: Int, _ columns: Int, _ dtype: descent_dtype, shift: Int = 0) {
    (self.rows, self.columns, self.dtype, self.shift) = (rows, columns, dtype, shift)
    valueBytes = .allocate(byteCount: rows * columns * 8 + shift, alignment: 64)
    gradientBytes = .allocate(byteCount: rows * columns * 8 + shift, alignment: 64)
    for index in 0..<rows * columns { write(Double(index % 7) / 8 - 0.25, at: index, to: valueBytes) }
    setGradient(ofStep: 0)
  }

  deinit {
    valueBytes.deallocate()
    gradientBytes.deallocate()
  }

  /// A gradient that is another one in each step.
  func setGradient(ofStep number: Int) {
    for index in 0..<rows * columns { write(Double((index + number) % 5) / 4 - 0.375, at: index, to: gradientBytes) }
  }

  var values: [Double] {
    get { read(valueBytes) }
    set { for (index, number) in newValue.enumerated() { write(number, at: index, to: valueBytes) } }
  }

  var gradient: [Double] { read(gradientBytes) }

  var descriptor: descent_tensor {
    descent_tensor(
      values: valueBytes + shift, gradient: UnsafeRawPointer(gradientBytes + shift), rows: rows, columns: columns,
      dtype: dtype, group: 0)
  }

  private func read(_ bytes: UnsafeMutableRawPointer) -> [Double] {
    (0..<rows * columns).map { index in
      dtype == DESCENT_FLOAT32
        ? Double((bytes + shift).loadUnaligned(fromByteOffset: index * 4, as: Float.self))
        : (bytes + shift).loadUnaligned(fromByteOffset: index * 8, as: Double.self)
    }
  }

  private func write(_ number: Double, at index: Int, to bytes: UnsafeMutableRawPointer) {
    if dtype == DESCENT_FLOAT32 {
      (bytes + shift).storeBytes(of: Float(number), toByteOffset: index * 4, as: Float.self)
    } else {
      (bytes + shift).storeBytes(of: number, toByteOffset: index * 8, as: Double.self)
    }
  }
}

/// A state buffer's numbers, of the tensor's type.
func state(_ optimizer: OpaquePointer, _ index: Int, _ name: String, _ dtype: descent_dtype) -> [Double] {
  var (data, count) = (nil as UnsafeMutableRawPointer?, 0)
  assertOK(descent_optimizer_state(optimizer, index, name, &data, &count))
  guard let data else { return [] }
  return (0..<count).map {
    dtype == DESCENT_FLOAT32
      ? Double(data.load(fromByteOffset: $0 * 4, as: Float.self)) : data.load(fromByteOffset: $0 * 8, as: Double.self)
  }
}

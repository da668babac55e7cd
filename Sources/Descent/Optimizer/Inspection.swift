/// What an optimizer has, for those who look into it: the tensors of its first step, their state, and its groups.
extension Optimizer {
  /// A state buffer; without columns, and nil, where a tensor has none.
  public struct StateView {
    public let baseAddress: UnsafeMutableRawPointer?
    public let rows: Int
    public let columns: Int
    public var count: Int { rows * columns }
  }

  public var tensorCount: Int { state.count }

  /// A tensor's shape and type.
  public func tensor(_ index: Int) throws(Failure) -> Shape {
    if state.count == 0 { throw Failure(.invalidArgument, "tensor: there is no state before the first step") }
    guard index >= 0 && index < state.count else {
      throw Failure(.invalidArgument, "tensor: \(UInt(bitPattern: index)) is outside [0, \(state.count))")
    }
    return state.shape(index)
  }

  /// A tensor's state buffer of this name.
  public func state(tensor: Int, named name: UnsafePointer<CChar>) throws(Failure) -> StateView {
    let common = Aids.Buffer.named(name)
    let buffer = common == nil ? try algorithm.stateIndex(name) : 0
    let tensorShape = try self.tensor(tensor)
    let found = common.map { aids.buffer($0, tensor: tensor) } ?? state.buffer(buffer, tensor: tensor)
    if found == nil && (common != nil || !state.has(buffer)) {
      throw Failure(.unknownName, "name: the options do not call for the state \"\(name)\"")
    }
    let shape = common == nil ? state.shape(tensor, buffer: buffer) : tensorShape
    return StateView(baseAddress: found, rows: shape.rows, columns: shape.columns)
  }

  /// How many groups have been made, group 0 not being one of them.
  public var groupCount: Int { groups.count - 1 }

  /// The number of a group that has been made; 0 for an index that is none.
  public func group(at index: Int) -> UInt32 {
    index >= 0 && index < groupCount ? groups[index + 1].pointee.id : 0
  }

  /// Whether an option was set for this very group; false for a group that has not been made.
  public func isSet(_ option: Option, group: UInt32) -> Bool {
    groups.index(of: group).map { groups[$0].pointee.owns(option) } ?? false
  }
}

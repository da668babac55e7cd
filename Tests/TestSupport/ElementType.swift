/// The element types of tensors: tests are written once for both.
public protocol ElementType: BinaryFloatingPoint, BitwiseCopyable, Sendable {
  static var isDouble: Bool { get }
}

extension ElementType {
  /// Half a unit in the last place of 1: the greatest relative error of one rounding.
  public static var unitRoundoff: Double { Double(ulpOfOne) / 2 }
}

extension Float: ElementType {
  public static var isDouble: Bool { false }
}

extension Double: ElementType {
  public static var isDouble: Bool { true }
}

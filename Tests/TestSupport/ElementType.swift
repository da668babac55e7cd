import CDescentKernels

/// The element types of tensors, with what the kernel table offers for each: tests are written once for both.
public protocol ElementType: BinaryFloatingPoint, BitwiseCopyable, Sendable {
  static func update(_ rule: UnsafePointer<kernel_rule>) -> @convention(c) (UnsafePointer<kernel_update>) -> Void
  static var isDouble: Bool { get }
}

extension ElementType {
  /// Half a unit in the last place of 1: the greatest relative error of one rounding.
  public static var unitRoundoff: Double { Double(ulpOfOne) / 2 }
}

extension Float: ElementType {
  public static func update(
    _ rule: UnsafePointer<kernel_rule>
  ) -> @convention(c) (UnsafePointer<kernel_update>) -> Void { rule.pointee.update_float32 }
  public static var isDouble: Bool { false }
}

extension Double: ElementType {
  public static func update(
    _ rule: UnsafePointer<kernel_rule>
  ) -> @convention(c) (UnsafePointer<kernel_update>) -> Void { rule.pointee.update_float64 }
  public static var isDouble: Bool { true }
}

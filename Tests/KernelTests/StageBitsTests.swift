import CDescentKernels
import TestSupport
import XCTest

/// Rules with every optional state and every stage before them: the same bits with every instruction set, wherever an
/// element stands, and nothing else is touched.
final class StageBitsTests: XCTestCase {
  private let tables = availableKernels()

  /// What comes before the rule.
  private struct Stages {
    var clip = Double.infinity
    var scale = 1.0
    var coupled = 0.0
    var kept = 1.0

    static let list = [
      Stages(), Stages(clip: 1.5), Stages(scale: -0.3), Stages(coupled: 0.1), Stages(kept: 0.99),
      Stages(clip: 2.5, scale: 0.7, coupled: 0.01, kept: 0.9),
    ]
  }

  /// A rule with some of its optional states, in a dialect, in some step.
  private struct Setting {
    let rule: Int
    let present: [Bool]
    let constants: [Double]
    let what: String
  }

  private func settings(step: UInt64, dialect: Int) -> [Setting] {
    (0..<tables[0].pointee.rule_count).flatMap { index -> [Setting] in
      let rule = tables[0].rule(index)
      if !kernel_rule_has_loop(rule) { return [] }
      let needs = (0..<rule.pointee.state_count).map { kernel_rule_state_needs(rule, $0) }
      let optional = needs.indices.filter { needs[$0] != 0 }
      return (0..<1 << optional.count).map { mask in
        var options = (0..<UInt32(KERNEL_OPTION_SLOTS)).map { kernel_rule_default(rule, $0, UInt32(dialect)) }
        options[Int(KERNEL_DIALECT.rawValue)] = Double(dialect)
        var present = needs.map { $0 == 0 }
        for (bit, state) in optional.enumerated() where mask >> bit & 1 != 0 {
          present[state] = true
          options[Int(needs[state])] = needs[state] == KERNEL_MOMENTUM_DECAY.rawValue ? 0.5 : 1
        }
        // What follows from sums is found in the second step; SOAP's first one moves nothing.
        let later = String(cString: rule.pointee.name) == "soap" ? step + 1 : step
        let constants = UnsafePointer(rule).constants(values: options, t: rule.pointee.sum_count > 0 ? 1 : later)
        return Setting(
          rule: index, present: present, constants: constants,
          what: "\(String(cString: rule.pointee.name)), states \(present), dialect \(dialect)")
      }
    }
  }

  private func arrays<Scalar: BinaryFloatingPoint>(_ count: Int, _: Scalar.Type, states: Int) -> [[Scalar]] {
    var random = KernelTestNumbers(seed: UInt64(count + 1))
    // Sums of squares are not negative.
    return (0..<2 + states).map { array in
      let numbers = random.array(count, of: Scalar.self)
      return array < 2 ? numbers : numbers.map(\.magnitude)
    }
  }

  private func update<Scalar: BinaryFloatingPoint>(
    _ arena: KernelArena<Scalar>, _ table: UnsafeMutablePointer<kernel_table>, _ setting: Setting, _ stages: Stages?,
    _ range: Range<Int>
  ) {
    var update = kernel_update()
    update.values = arena.pointer(0, from: range.lowerBound)
    update.gradient = UnsafeRawPointer(arena.pointer(1, from: range.lowerBound))
    update.count = range.count
    update.setConstants(setting.constants)
    update.setState(
      setting.present.enumerated().map { $1 ? arena.pointer(2 + $0, from: range.lowerBound) : nil })
    if let stages {
      update.has_stages = true
      update.stages = kernel_stages(
        clip_value: stages.clip, gradient_scale: stages.scale, coupled_decay: stages.coupled, kept_share: stages.kept)
    }
    kernel_run(table, table.rule(setting.rule), &update, Scalar.self == Double.self)
  }

  func testInstructionSetsAgreeInFloat32() { checkInstructionSets(Float.self) }
  func testInstructionSetsAgreeInFloat64() { checkInstructionSets(Double.self) }

  /// Lengths 0 to 67 cover every tail of every vector, after up to four whole ones.
  private func checkInstructionSets<Scalar: BinaryFloatingPoint>(_ type: Scalar.Type) {
    for count in 0...67 {
      for setting in settings(step: UInt64(count % 3 + 1), dialect: count % 4) {
        let contents = arrays(count, type, states: setting.present.count)
        let before = KernelArena(contents, misalignment: count % 16).bytes
        for (number, stages) in Stages.list.enumerated() {
          var first: [UInt8] = []
          for table in tables {
            let arena = KernelArena(contents, misalignment: count % 16)
            update(arena, table, setting, stages, 0..<count)
            let what = "\(table.name), \(setting.what), \(type), \(count) elements, stages \(number)"
            if first.isEmpty {
              first = arena.bytes
              XCTAssertEqual(first == before, count == 0, "\(what): nothing has happened")
              checkUntouched(arena, contents, setting, what)
              // Stages that have nothing to do leave what a step without them leaves.
              if number == 0 {
                let plain = KernelArena(contents, misalignment: count % 16)
                update(plain, table, setting, nil, 0..<count)
                XCTAssertTrue(plain.bytes == first, "\(what): idle stages")
              }
            } else {
              XCTAssertTrue(arena.bytes == first, what)
            }
          }
        }
      }
    }
  }

  /// Neither the gradient nor a state that is not called for is written to, nor anything between the arrays.
  private func checkUntouched<Scalar: BinaryFloatingPoint>(
    _ arena: KernelArena<Scalar>, _ contents: [[Scalar]], _ setting: Setting, _ what: String
  ) {
    var expected = contents
    for array in contents.indices where array == 0 || array > 1 && setting.present[array - 2] {
      expected[array] = arena.numbers(array)
    }
    let misalignment = (contents.first?.count ?? 0) % 16
    XCTAssertTrue(arena.bytes == KernelArena(expected, misalignment: misalignment).bytes, "\(what): wrote elsewhere")
  }

  func testSplitsAgreeInFloat32() { checkSplits(Float.self) }
  func testSplitsAgreeInFloat64() { checkSplits(Double.self) }

  private func checkSplits<Scalar: BinaryFloatingPoint>(_ type: Scalar.Type) {
    let count = 131
    var random = KernelTestNumbers(seed: 77)
    for dialect in 0..<4 {
      for setting in settings(step: 2, dialect: dialect) {
        let contents = arrays(count, type, states: setting.present.count)
        for table in tables {
          for stages in [Stages.list[dialect + 1], Stages.list[5]] {
            let whole = KernelArena(contents)
            update(whole, table, setting, stages, 0..<count)
            let split = KernelArena(contents)
            let cuts = (0..<4).map { _ in random.next(below: count + 1) }
            let bounds = ([0, count] + cuts).sorted()
            for (start, end) in zip(bounds, bounds.dropFirst()) { update(split, table, setting, stages, start..<end) }
            XCTAssertTrue(split.bytes == whole.bytes, "\(table.name), \(setting.what), \(type), split at \(bounds)")
          }
        }
      }
    }
  }

  /// The stages against plain code, through the rule that only subtracts: the bits of both types.
  func testStagesAgainstPlainCode() {
    for (number, stages) in Stages.list.enumerated() {
      let setting = Setting(rule: 0, present: [], constants: [0.125], what: "sgd")
      let floats: [[Float]] = arrays(67, Float.self, states: 0)
      let arena = KernelArena(floats)
      update(arena, tables[0], setting, stages, 0..<67)
      for index in 0..<67 {
        var (w, g) = (floats[0][index], floats[1][index])
        g = max(min(g, Float(stages.clip)), -Float(stages.clip))
        g = g * Float(stages.scale)
        if stages.coupled != 0 {
          let decay = Float(stages.coupled) * w
          g = g + decay
        }
        w = w * Float(stages.kept)
        let change = 0.125 * g
        XCTAssertEqual(arena.numbers(0)[index], w - change, "stages \(number), element \(index)")
      }
    }
  }
}

import CDescentKernels

/// How the learning rate changes from step to step; the numbers are those of `descent_schedule`.
enum Schedule: Int {
  case constant = 0
  case step = 1
  case exponential = 2
  case inverseTime = 3
  case polynomial = 4
  case cosine = 5
  case cosineRestarts = 6
  case oneCycle = 7
  case plateau = 8

  /// What the learning rate is multiplied with in step `step` (from 1): a linear warm-up to where the schedule begins, then
  /// the schedule, which counts its steps from 0.
  static func factor(_ options: OptionValues, step: UInt64, plateau: Plateau) -> Double {
    let (step, warmup) = (Double(step), options[KERNEL_WARMUP_STEPS])
    let schedule = Schedule(rawValue: Int(options[KERNEL_SCHEDULE])) ?? .constant
    let factor = schedule == .plateau ? plateau.factor : schedule.factor(options, elapsed: max(step - 1 - warmup, 0))
    return limited(step < warmup ? step / warmup * factor : factor)
  }

  private func factor(_ options: OptionValues, elapsed: Double) -> Double {
    let length = options[KERNEL_SCHEDULE_STEPS]
    let factor = options[KERNEL_SCHEDULE_FACTOR]
    let floor = options[KERNEL_SCHEDULE_FLOOR]
    let progress = elapsed / length
    return switch self {
    case .constant, .plateau: 1
    case .step: power(factor, progress.rounded(.down))
    case .exponential: power(factor, progress)
    case .inverseTime: 1 / (1 + factor * progress)
    case .polynomial: floor + (1 - floor) * power(max(length - elapsed, 0) / length, options[KERNEL_SCHEDULE_POWER])
    case .cosine: cosineFall(to: floor, at: min(progress, 1))
    case .cosineRestarts: cosineRestarts(options, elapsed, length, floor)
    case .oneCycle: oneCycle(options, elapsed, length, floor)
    }
  }

  /// The cosine of the present cycle, each of which begins lower than the one before.
  private func cosineRestarts(_ options: OptionValues, _ elapsed: Double, _ length: Double, _ floor: Double) -> Double {
    let cycle = cycle(elapsed, length, options[KERNEL_CYCLE_FACTOR])
    return cosineFall(to: floor, at: cycle.share) * power(options[KERNEL_CYCLE_DECAY], cycle.number)
  }

  /// From `cycle_start` up to 1 and down to the floor, both along a cosine (Smith and Topin 2017, as in PyTorch).
  private func oneCycle(_ options: OptionValues, _ elapsed: Double, _ length: Double, _ floor: Double) -> Double {
    let (top, last) = (options[KERNEL_CYCLE_RISE] * length - 1, length - 1)
    if elapsed < top { return cosineFall(to: options[KERNEL_CYCLE_START], at: 1 - elapsed / top) }
    // A cycle that only rises ends at its top.
    if elapsed == top { return 1 }
    return elapsed >= last ? floor : cosineFall(to: floor, at: (elapsed - top) / (last - top))
  }
}

/// A rate, or what one is multiplied with, that rises without end stays a number, so that 0 times it stays 0.
func limited(_ rate: Double) -> Double { min(rate, .greatestFiniteMagnitude) }

/// From 1 to `floor` along half a cosine, at a share of the way.
private func cosineFall(to floor: Double, at share: Double) -> Double {
  floor + (1 - floor) * 0.5 * (1 + cosineOfPi(share))
}

/// The number of the present cycle, from 0, and the share of it that has passed; each cycle is `factor` times as long as the
/// one before.
private func cycle(_ elapsed: Double, _ length: Double, _ factor: Double) -> (number: Double, share: Double) {
  if factor == 1 {
    let rest = elapsed.truncatingRemainder(dividingBy: length)
    return (((elapsed - rest) / length).rounded(), rest / length)
  }
  let growth = factor - 1
  var (rest, cycle, number) = (elapsed, length, 0.0)
  let passed = logarithm(onePlus: elapsed / length * growth) / logarithm(onePlus: growth)
  if passed > 64 && passed.isFinite {
    // Cycles that hardly grow can be very many: all but the last ones are skipped (their number is not quite exact). After n
    // cycles length * (factor^n - 1) / growth steps have passed, which must be right to less than a step.
    let skipped = UInt64(passed * (1 - 1e-14) - 2)
    let grown = PairOfDoubles(growth).powerOfOnePlus(skipped)
    number = Double(skipped)
    cycle = length * (1 + grown.value)
    rest = (PairOfDoubles(elapsed) - grown.divided(by: growth) * PairOfDoubles(length)).value
  }
  while rest >= cycle {
    rest -= cycle
    cycle *= factor
    number += 1
  }
  return (number, max(rest, 0) / cycle)
}

/// Lowers the learning rate when a loss that is reported to it stops falling, or an accuracy rising (as PyTorch's
/// ReduceLROnPlateau in its relative mode).
struct Plateau: BitwiseCopyable {
  var factor = 1.0
  var best = Double.infinity
  var reportsSinceBest: UInt64 = 0
  /// How many reports to come do not count.
  var reportsToIgnore: UInt64 = 0

  /// libdescent 0.1 let the factor become infinite or NaN.
  mutating func repair() { factor = factor >= 0 ? limited(factor) : 1 }

  mutating func report(_ loss: Double, _ options: OptionValues) {
    if isBetter(loss, options) { (best, reportsSinceBest) = (loss, 0) } else { reportsSinceBest += 1 }
    if reportsToIgnore > 0 { (reportsToIgnore, reportsSinceBest) = (reportsToIgnore - 1, 0) }
    guard Double(reportsSinceBest) > options[KERNEL_PATIENCE] else { return }
    factor = limited(max(factor * options[KERNEL_SCHEDULE_FACTOR], options[KERNEL_SCHEDULE_FLOOR]))
    (reportsSinceBest, reportsToIgnore) = (0, UInt64(options[KERNEL_COOLDOWN]))
  }

  /// The first value is better than none, which infinity stands for.
  private func isBetter(_ value: Double, _ options: OptionValues) -> Bool {
    if best == .infinity { return value < best }
    let margin = options[KERNEL_PLATEAU_THRESHOLD] * best.magnitude
    return options[KERNEL_PLATEAU_RISES] != 0 ? value > best + margin : value < best - margin
  }
}

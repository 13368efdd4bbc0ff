import Numbers

/// Random numbers as a function of what they are for, not of what was drawn before.
///
/// A stream is named by a seed, a purpose, an epoch and an index (the image, the parameter, the
/// batch). Two streams of one name give the same numbers on every machine, and a run that resumes
/// asks for the same names: so it is the same run.
///
///     var stream = RandomStream(seed: 7, for: .augmentation, epoch: 2, index: 41)
///     Int.random(in: 0..<9, using: &stream)
///
/// - Source: Steele, Lea, Flood, *Fast Splittable Pseudorandom Number Generators* (2014), SplitMix64.
public struct RandomStream: RandomNumberGenerator, Sendable {
  /// What random numbers are drawn for; two purposes never share a stream.
  public enum Purpose: UInt64, Sendable {
    case initialization = 1
    case order
    case augmentation
    case rangeTest
    case shapes
    case dropout
    case split
    case mixing
    case holdOut
    case folds
  }

  private var state: UInt64

  /// Creates the stream of this name.
  public init(seed: UInt64, for purpose: Purpose, epoch: Int = 0, index: Int = 0) {
    var state = Self.mix(seed &+ Self.increment)
    state = Self.mix(state ^ purpose.rawValue &* 0xD6E8_FEB8_6659_FD93)
    state = Self.mix(state &+ UInt64(bitPattern: Int64(epoch)) &* 0xA076_1D64_78BD_642F)
    self.state = Self.mix(state ^ UInt64(bitPattern: Int64(index)) &* 0xE703_7ED1_A0B4_28DB)
  }

  private static let increment: UInt64 = 0x9E37_79B9_7F4A_7C15

  private static func mix(_ value: UInt64) -> UInt64 {
    var mixed = value
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// Returns the next 64 random bits.
  public mutating func next() -> UInt64 {
    state &+= Self.increment
    return Self.mix(state)
  }
}

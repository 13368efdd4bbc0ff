import Numbers

/// How many of an image's 16 bits hold something, from the lowest.
///
/// Cameras of microscopes and depth sensors write 10, 12 or 14 bits into files of 16. Their upper 8 bits
/// would be nearly black, so the upper 8 of those that are filled are taken. It is decided once for all
/// files of a set, so that equal levels stay equal, and kept with the model.
///
///     FilledBits(highest: 4_000).count    // 12
///     FilledBits(highest: 200).count      // 8: what is there is already a byte
///     FilledBits(highest: 65_000)         // .all
public struct FilledBits: Sendable, Hashable, Codable {
  /// The number of bits, from 8 to 16.
  public let count: Int

  /// All 16, as most files have them.
  public static let all = FilledBits(highest: Int(UInt16.max))

  /// As many bits as the highest number of a set takes, but 8 at least.
  public init(highest: Int) {
    let bits = Int.bitWidth - max(0, highest).leadingZeroBitCount
    count = max(8, min(16, bits))
  }

  /// Creates a number of filled bits; nil where it is not from 8 to 16.
  public init?(count: Int) {
    guard (8...16).contains(count) else { return nil }
    self.count = count
  }

  /// A sentence for display about the 16-bit images of a set; none where all bits are filled.
  static func note(_ numbers: WideNumbers, count: Int, _ filled: FilledBits) -> [String] {
    guard count > 0 else { return [] }
    let images = count == 1 ? "1 image has" : "\(count) images have"
    let seen = numbers.count(above: filled.count - 8)
    if seen * 1000 < numbers.count {
      return [
        "note: \(images) 16 bits, and only \(seen) of \(numbers.count) numbers reach the 8 bits that are read (the "
          + "highest number is \(numbers.highest)): they are nearly black; remove the outliers or rescale the images"
      ]
    }
    let own = FilledBits(highest: numbers.highest).count
    // By chance alone a few images may fill less than all do.
    if own > filled.count || own + 3 <= filled.count {
      return [
        "note: \(images) 16 bits, of which \(own) are filled (the highest number is \(numbers.highest)), and are read as if "
          + "it were \(filled.count), as in the images that the run was trained on: they appear much "
          + (own > filled.count ? "brighter" : "darker")
      ]
    }
    guard filled != .all else { return [] }
    return [
      "note: \(images) 16 bits, of which \(filled.count) are filled (the highest number is "
        + "\(numbers.highest)); the upper 8 of these are read"
    ]
  }
}

/// What the numbers of images of 16 bits are.
struct WideNumbers: Sendable, Hashable {
  /// The highest.
  private(set) var highest = 0
  /// How many there are of each length, from 0 to 16 bits.
  private(set) var lengths = Self.none

  /// One array for all that have no numbers: of a million images each would have its own.
  private static let none = [Int](repeating: 0, count: 17)

  /// How many numbers there are.
  var count: Int { lengths.reduce(0, +) }

  /// How many have more bits than this.
  func count(above bits: Int) -> Int { lengths.dropFirst(bits + 1).reduce(0, +) }

  /// The numbers of several images.
  static func + (one: Self, other: Self) -> Self {
    WideNumbers(
      highest: max(one.highest, other.highest), lengths: zip(one.lengths, other.lengths).map(+))
  }
}

// MARK: In the metadata of a file of weights

extension FilledBits {
  private static let key = "filled_bits"

  /// The number as a word; none where all bits are filled.
  public var metadata: [String: String] { self == .all ? [:] : [Self.key: "\(count)"] }

  /// Reads the number; all bits where there is none.
  public init(metadata: [String: String]) {
    self = metadata[Self.key].flatMap { Int($0) }.flatMap { FilledBits(count: $0) } ?? .all
  }
}

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

  /// So many bits; nil where it is not 8 to 16.
  public init?(count: Int) {
    guard (8...16).contains(count) else { return nil }
    self.count = count
  }

  /// A sentence for display about the 16-bit images of a set; none where all bits are filled.
  static func note(highest: Int, count: Int, _ filled: FilledBits) -> [String] {
    guard filled != .all, count > 0 else { return [] }
    let images = count == 1 ? "1 image has" : "\(count) images have"
    return [
      "note: \(images) 16 bits, of which \(filled.count) are filled (the highest number is "
        + "\(highest)); the upper 8 of these are read"
    ]
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

/// How a network's images are normalized, as the metadata of a file of weights has it.
public struct ImageNormalization: Sendable, Hashable {
  /// The mean of each channel, on a scale of 0 to 1.
  public let mean: [Double]
  /// The standard deviation of each channel, on a scale of 0 to 1.
  public let deviation: [Double]
  /// How many of 16 bits are filled in image files of 16.
  public let filledBits: FilledBits

  /// The most pixels of an image that a network sees at once, 2048 x 2048: what a file claims must not cost its memory.
  static let maximumPixels = 1 << 22

  /// Creates the normalization of so many channels as there are means.
  public init(mean: [Double], deviation: [Double], filledBits: FilledBits) {
    self.mean = mean
    self.deviation = deviation
    self.filledBits = filledBits
  }

  /// The normalization as metadata: `mean` and `deviation`, a number for each channel, and `filled_bits` where not
  /// all 16 are.
  public var metadata: [String: String] {
    func words(_ numbers: [Double]) -> String { numbers.map { "\($0)" }.joined(separator: " ") }
    return ["mean": words(mean), "deviation": words(deviation)]
      .merging(filledBits.metadata, uniquingKeysWith: { one, _ in one })
  }

  /// Reads the words; nil where there is no number for each of so many channels.
  public init?(metadata: [String: String], channels: Int) {
    func numbers(_ key: String) -> [Double] {
      (metadata[key] ?? "").split(separator: " ").compactMap { Double($0) }.filter(\.isFinite)
    }
    mean = numbers("mean")
    deviation = numbers("deviation")
    filledBits = FilledBits(metadata: metadata)
    guard mean.count == channels, deviation.count == channels else { return nil }
  }
}

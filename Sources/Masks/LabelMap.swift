import Numbers

/// A number for each pixel of an image: its class, or which instance it belongs to.
///
///     let map = LabelMap(width: 3, height: 1, labels: [0, 2, LabelMap.ignored])
///     map.counts(upTo: 3)   // [1, 0, 1]
///
/// 0 is the background. A pixel that is `ignored` counts neither in training nor in evaluation.
public struct LabelMap: Sendable, Hashable {
  /// The number of a pixel that does not count: 65,535.
  public static let ignored = UInt16.max
  /// The number of a pixel that does not count, where a label is a byte: 255.
  public static let ignoredByte = UInt8.max

  /// Pixels from left to right.
  public let width: Int
  /// Pixels from top to bottom.
  public let height: Int
  /// The labels, [H, W].
  public var labels: [UInt16]

  /// Creates a map.
  ///
  /// - Precondition: there are as many numbers as pixels.
  public init(width: Int, height: Int, labels: [UInt16]) {
    precondition(
      width >= 0 && height >= 0 && labels.count == width * height,
      "\(labels.count) values are not a map of \(width)x\(height) pixels.")
    self.width = width
    self.height = height
    self.labels = labels
  }

  /// Creates a map of one number.
  public init(width: Int, height: Int, filledWith label: UInt16 = 0) {
    self.init(
      width: width, height: height, labels: [UInt16](repeating: label, count: width * height))
  }

  /// Creates a map from bytes, [H, W], as a network's predictions are; 255 becomes `ignored`.
  public init(width: Int, height: Int, bytes: UnsafeBufferPointer<UInt8>) {
    self.init(
      width: width, height: height,
      labels: bytes.map { $0 == Self.ignoredByte ? Self.ignored : UInt16($0) })
  }

  /// The number of a pixel.
  public subscript(x: Int, y: Int) -> UInt16 {
    get { labels[y * width + x] }
    set { labels[y * width + x] = newValue }
  }

  /// How many pixels have each number from 0 to below a count; higher and ignored ones are left out.
  public func counts(upTo count: Int) -> [Int] {
    var counts = [Int](repeating: 0, count: count)
    for label in labels where Int(label) < count { counts[Int(label)] += 1 }
    return counts
  }

  /// The highest number that is not `ignored`; 0 of a map without pixels.
  public var highest: UInt16 {
    labels.reduce(0) { $1 == Self.ignored ? $0 : max($0, $1) }
  }

  /// 1 where an instance is, 0 on the background; ignored pixels stay so.
  public var foreground: LabelMap {
    LabelMap(
      width: width, height: height, labels: labels.map { $0 == Self.ignored ? $0 : min($0, 1) })
  }
}

import Numbers

/// Means and standard deviations of an image's channels, from whole sums, so that they are exact.
///
/// The sums are kept in lanes, a whole number of pixels wide, so that the loop over a lane adds many at
/// once.
struct ChannelMoments {
  private let channels: Int
  private let width: Int
  private var sums: [Int]
  private var squares: [Int]
  private var laneSums: [UInt32]
  private var laneSquares: [UInt32]
  private var rows = 0
  private var count = 0

  /// 255 * 255 can be added so often before 32 bits are full.
  private static let rowsAtOnce = 66_000

  /// Creates the moments of nothing.
  init(channels: Int) {
    self.channels = channels
    width = 64 * channels
    sums = [Int](repeating: 0, count: width)
    squares = sums
    laneSums = [UInt32](repeating: 0, count: width)
    laneSquares = laneSums
  }

  /// Adds whole pixels.
  mutating func add(_ pixels: UnsafeBufferPointer<UInt8>) {
    count += pixels.count / channels
    for row in stride(from: 0, to: pixels.count, by: width) {
      for lane in 0..<min(width, pixels.count - row) {
        let level = UInt32(pixels[row + lane])
        laneSums[lane] &+= level
        laneSquares[lane] &+= level &* level
      }
      rows += 1
      if rows == Self.rowsAtOnce { emptyLanes() }
    }
  }

  private mutating func emptyLanes() {
    for lane in 0..<width {
      sums[lane] += Int(laneSums[lane])
      squares[lane] += Int(laneSquares[lane])
      (laneSums[lane], laneSquares[lane]) = (0, 0)
    }
    rows = 0
  }

  /// The means and deviations of what was added, on a scale of 0 to 1; of nothing they are 0.
  mutating func statistics() -> ChannelStatistics {
    emptyLanes()
    let count = Int128(max(1, count))
    var mean: [Double] = []
    var deviation: [Double] = []
    for channel in 0..<channels {
      let lanes = stride(from: channel, to: width, by: channels)
      let sum = Int128(lanes.reduce(0) { $0 + sums[$1] })
      let square = Int128(lanes.reduce(0) { $0 + squares[$1] })
      mean.append(Double(sum) / Double(count) / 255)
      deviation.append(Double(count * square - sum * sum).squareRoot() / Double(count) / 255)
    }
    return ChannelStatistics(mean: mean, deviation: deviation)
  }
}

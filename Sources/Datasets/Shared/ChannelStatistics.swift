/// The mean and the standard deviation of each channel, on a scale of 0 to 1, by which images are normalized.
public struct ChannelStatistics: Sendable, Hashable {
  /// The mean of each channel.
  public let mean: [Double]
  /// The standard deviation of each channel.
  public let deviation: [Double]

  /// Creates the statistics of as many channels as there are means.
  public init(mean: [Double], deviation: [Double]) {
    self.mean = mean
    self.deviation = deviation
  }

  /// The statistics of ImageNet's training images, by which most pretrained networks normalize.
  public static let imagenet = ChannelStatistics(
    mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225])
  /// Mean and deviation 0.5: levels from 0 to 1 become numbers from -1 to 1.
  public static let halves = ChannelStatistics(
    mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5])

  /// Returns the statistics for images of another number of channels, each of which has the means over all
  /// channels.
  public func of(channels: Int) -> ChannelStatistics {
    guard channels != mean.count else { return self }
    func average(_ values: [Double]) -> [Double] {
      Array(repeating: values.reduce(0, +) / Double(max(1, values.count)), count: channels)
    }
    return ChannelStatistics(mean: average(mean), deviation: average(deviation))
  }
}

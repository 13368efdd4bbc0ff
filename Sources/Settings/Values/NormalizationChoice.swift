import Datasets

/// By which mean and deviation of each channel images are normalized.
public enum NormalizationChoice: Sendable, Hashable {
  /// The mean and deviation of the training images themselves.
  case data
  /// A mean and deviation that are given, such as those of pretrained weights.
  case fixed(ChannelStatistics)

  /// What is fixed; nil where the data are measured.
  public var statistics: ChannelStatistics? {
    if case .fixed(let statistics) = self { statistics } else { nil }
  }
}

extension NormalizationChoice: SettingText {
  /// Reads `data`, `imagenet`, or the means and behind them the deviations: `0.5,0.5,0.5,0.5,0.5,0.5`.
  public init?(_ text: String) {
    switch text.lowercased() {
    case "data": self = .data
    case "imagenet": self = .fixed(.imagenet)
    default:
      guard let values = numbers(in: text), [2, 6].contains(values.count) else { return nil }
      let half = values.count / 2
      let (mean, deviation) = (Array(values.prefix(half)), Array(values.suffix(half)))
      guard mean.allSatisfy((0...1).contains), deviation.allSatisfy({ $0 > 0 && $0 <= 1 }) else {
        return nil
      }
      self = .fixed(ChannelStatistics(mean: mean, deviation: deviation))
    }
  }

  /// The text from which it reads back.
  public var description: String {
    switch self {
    case .data: "data"
    case .fixed(.imagenet): "imagenet"
    case .fixed(let known):
      (known.mean + known.deviation).map { "\($0)" }.joined(separator: ",")
    }
  }

  /// What the text must look like.
  public static var expected: String {
    "data, imagenet, or the mean and the deviation of each channel on a scale of 0 to 1: 0.5,0.5,0.5,0.5,0.5,0.5"
  }
}

extension Interpolation: SettingChoice {}

extension RunSettings {
  /// Fills in how images were prepared before weights said it, so that a run that began then goes on as it was.
  mutating func fillLegacyPreprocessing() {
    guard self.model.weights != nil else { return }
    self.data.normalization = self.data.normalization ?? .data
    guard let task = self.data.task else { return }
    let former = RunSettings {
      $0.data.cropShare = ImageFileDataset.defaultCropShare
      $0.data.interpolation = .bilinear
    }
    self = filled(from: former.settings(for: task))
  }
}

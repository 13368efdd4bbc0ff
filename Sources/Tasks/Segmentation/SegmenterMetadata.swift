import Datasets

/// What a checkpoint says of a segmentation network, for whoever uses it later.
struct SegmenterMetadata {
  let classNames: [String]
  let isInstance: Bool
  let normalization: ImageNormalization
}

extension SegmenterMetadata {
  /// The same as words.
  var metadata: [String: String] {
    ["classes": classNames.joined(separator: "\n"), "instances": "\(isInstance)"]
      .merging(normalization.metadata, uniquingKeysWith: { one, _ in one })
  }

  /// Reads the words; nil where one is missing or NaN.
  init?(_ metadata: [String: String], classNames: [String]) {
    guard let isInstance = metadata["instances"].flatMap(Bool.init),
      let normalization = ImageNormalization(metadata: metadata, channels: 3)
    else { return nil }
    self.init(classNames: classNames, isInstance: isInstance, normalization: normalization)
  }
}

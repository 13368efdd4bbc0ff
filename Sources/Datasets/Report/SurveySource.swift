import Boxes
import Numbers

/// The images of a data set as a report looks at them, whatever their task.
struct SurveySource: Sendable {
  /// An image.
  struct Image: Sendable {
    /// Its file, or its number where it has none.
    var name: String
    /// Where its pixels come from.
    var pixels: Pixels
    /// The class of the image; nil where it has boxes or a mask.
    var label: Int?
    /// The boxes on it.
    var boxes: [AnnotatedBox] = []
    /// Width and height that its annotation says.
    var annotated: ImageSize?
    /// Its number in its split.
    var index: Int
  }

  enum Pixels: Sendable {
    case file(String)
    case memory(ImageSet, row: Int)
  }

  /// What the images are labeled with; the raw values are the tasks that are trained on it.
  enum Labels: String {
    case classes = "classify"
    case boxes = "detect"
    case masks = "segment"
  }

  /// A split of the data.
  struct Split: Sendable {
    /// `training`, `validation` or `test`.
    let name: String
    let images: [Image]
    /// The masks of the images.
    var masks: SegmentationDataset?
  }

  let labels: Labels
  let splits: [Split]
  let filledBits: FilledBits

  /// All images, split by split.
  var images: [(split: Int, image: Image)] {
    splits.enumerated().flatMap { split, own in own.images.map { (split, $0) } }
  }

  private static func named<Splits: DataSplits>(_ data: Splits) -> [(String, Splits.Images)] {
    [("training", data.train)] + (data.validation.map { [("validation", $0)] } ?? [])
      + [("test", data.test)]
  }

  /// The images of data to classify.
  init(_ data: ImageData) {
    labels = .classes
    filledBits = data.train.filledBits
    splits = Self.named(data).map { name, set in
      let paths = (set as? ImageFileDataset)?.paths ?? (set as? ImageSet)?.names
      let memory = set as? ImageSet
      return Split(
        name: name,
        images: set.labels.enumerated().map { index, label in
          let pixels: Pixels =
            if let paths {
              .file(paths[index])
            } else if let memory {
              .memory(memory, row: memory.row(of: index))
            } else { preconditionFailure("Images lie in memory or in files.") }
          return Image(
            name: paths?[index] ?? "\(name) image \(index)", pixels: pixels, label: Int(label),
            index: index)
        })
    }
  }

  /// The images of data with boxes.
  init(_ data: DetectionSplitData) {
    labels = .boxes
    filledBits = data.train.frame.filledBits
    splits = Self.named(data).map { name, set in
      Split(
        name: name,
        images: set.images.enumerated().map { index, image in
          Image(
            name: image.path, pixels: .file(image.path), boxes: image.boxes,
            annotated: ImageSize(width: image.width, height: image.height), index: index)
        })
    }
  }

  /// The images of data with masks.
  init(_ data: SegmentationData) {
    labels = .masks
    filledBits = data.train.filledBits
    splits = Self.named(data).map { name, set in
      Split(
        name: name,
        images: set.names.indices.map { index in
          let path = set.imagePath(of: index)
          return Image(name: path, pixels: .file(path), index: index)
        }, masks: set)
    }
  }
}

import Boxes
import Datasets

/// Annotations and results, brought together image by image.
struct EvaluatedImages {
  /// The annotation file's images by rising number, also those without boxes.
  private(set) var images: [EvaluatedImage]
  /// Boxes whose category the annotation file does not list.
  private(set) var unknownBoxes = 0
  /// Detections whose category the annotation file does not list.
  private(set) var unknownDetections = 0

  /// Brings both together; a class's label is its category's place by rising number.
  ///
  /// - Throws: `AnnotationError.unknownImage` for results of other images.
  init(predictions: COCOResults, groundTruth: COCOAnnotations) throws {
    let numbers = groundTruth.images.map(\.id).sorted()
    let positions = Dictionary(uniqueKeysWithValues: zip(numbers, numbers.indices))
    let labels = Dictionary(
      uniqueKeysWithValues: zip(groundTruth.categories.map(\.id), groundTruth.categories.indices))
    images = numbers.map { EvaluatedImage(image: $0, truth: [], detections: []) }
    for annotation in groundTruth.annotations {
      guard let position = positions[annotation.image], let label = labels[annotation.category]
      else {
        unknownBoxes += 1
        continue
      }
      images[position].truth.append(
        AnnotatedBox(
          annotation.box, label: label, area: annotation.area, isCrowd: annotation.isCrowd,
          isDifficult: annotation.isIgnored))
    }
    for (index, detection) in predictions.detections.enumerated() {
      guard let position = positions[detection.image] else {
        throw AnnotationError.unknownImage(
          file: predictions.file, field: "[\(index)].image_id", image: String(detection.image),
          dataSet: groundTruth.file)
      }
      guard let label = labels[detection.category] else {
        unknownDetections += 1
        continue
      }
      images[position].detections.append(
        DetectedBox(detection.box, label: label, score: detection.score))
    }
  }
}

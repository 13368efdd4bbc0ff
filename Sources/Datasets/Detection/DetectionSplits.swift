import Boxes
import Formatting

/// The training and the evaluation images of a data set.
struct DetectionSplits {
  private(set) var train: [AnnotatedImage]
  private(set) var validation: [AnnotatedImage]?
  private(set) var test: [AnnotatedImage]
  private(set) var notes: [String] = []
  /// Those of them that say how data without an evaluation split are divided.
  private(set) var notesOfDivision: [String] = []
  /// The name of the split that the test images are of; nil where the data do not say which are for evaluation.
  let testSplit: String?
  /// Whether the data say which images are for evaluation.
  var isDivided: Bool { testSplit != nil }

  /// Divides a data set.
  ///
  /// - Throws: `DataError.noImages` without training images, or without evaluation images.
  init(_ data: DetectionData, path: String, _ options: BoxOptions) throws {
    let named = NamedSplits(data)
    var (train, validation, test) = (named.train, named.validation, named.test)
    if options.isForEvaluation, train?.isEmpty ?? true {
      train = test ?? validation
      if train == nil, !named.notes.isEmpty { throw AnnotationError.noBoxes(path: path, images: "evaluation") }
    }
    if !options.isForEvaluation, train?.isEmpty ?? true, let only = test ?? validation {
      guard data.splits.count(where: { !$0.images.isEmpty }) == 1,
        !data.splits.contains(where: { SplitUse($0.name) == .train })
      else { throw AnnotationError.noTrainingSplit(path: path, splits: data.splits.map(\.name)) }
      // Data of one split are divided, whatever it is called.
      (train, validation, test) = (only, nil, nil)
      notesOfDivision = ["the data have one split only, which is divided"]
    }
    guard let train, !train.isEmpty else { throw DataError.noImages(folder: path) }
    let empty = data.splits.filter(\.images.isEmpty).map {
      "the split '\($0.name)' lists no images and is left out"
    }
    notes = named.notes + empty + Self.unused(data.splits)
    let tested: SplitUse = test == nil ? .validation : .test
    testSplit =
      test == nil && validation == nil
      ? nil
      : data.splits.filter { SplitUse($0.name) == tested && !$0.images.isEmpty }.map(\.name)
        .joined(separator: ", ")
    switch (validation, test) {
    case (let validation, let test?):
      (self.train, self.validation, self.test) = (train, validation, test)
    case (let validation?, nil): (self.train, self.test) = (train, validation)
    case (nil, nil) where options.isForEvaluation: (self.train, self.test) = (train, train)
    case (nil, nil):
      guard train.count > 1 else { throw DataError.noImages(folder: path) }
      (self.train, self.test) = EarlierDivision.restoring(
        Self.divided(train, seed: options.splitSeed), below: path, path: \.path)
      notesOfDivision.append(
        "the data has no evaluation split, so a fifth of the images is the test set: \(quantity(self.test.count, "image"))"
      )
    }
    notes += notesOfDivision
    if !options.isForEvaluation { try check(path, data.classNames) }
    if options.isForEvaluation, self.test.allSatisfy(\.boxes.isEmpty) {
      throw AnnotationError.noBoxes(path: path, images: "evaluation")
    }
  }

  /// What images are for by the names of the data's splits.
  private struct NamedSplits {
    private(set) var train: [AnnotatedImage]?
    private(set) var validation: [AnnotatedImage]?
    let test: [AnnotatedImage]?
    private(set) var notes: [String] = []

    init(_ data: DetectionData) {
      func images(_ purpose: SplitUse) -> [AnnotatedImage]? {
        let named = data.splits.filter { SplitUse($0.name) == purpose && !$0.images.isEmpty }
        return named.isEmpty ? nil : named.flatMap(\.images)
      }
      var notes: [String] = []
      // Images that nobody has annotated, as COCO's test images are, are not evaluated.
      func evaluable(_ purpose: SplitUse, _ name: String) -> [AnnotatedImage]? {
        guard let images = images(purpose) else { return nil }
        let boxes = images.lazy.flatMap(\.boxes)
        if boxes.contains(where: \.isFound) { return images }
        notes.append(
          "the \(images.count) \(name) images have no boxes "
            + (boxes.isEmpty ? "" : "but crowds and difficult ones ") + "and are not evaluated")
        return nil
      }
      test = evaluable(.test, "test")
      validation = evaluable(.validation, "validation")
      train = images(.train)
      if test != nil, let both = images(.both) {
        // What VOC calls trainval is the training split where there is another evaluation split.
        (train, validation) = (both, nil)
        notes.append("the training images are those of 'trainval'")
      } else if train == nil, let both = images(.both) {
        // Where the list of all is there and the evaluation split, the rest is the training split.
        let held = Set((validation ?? []).map(\.path))
        train = both.filter { !held.contains($0.path) }
        notes.append("the training images are those of 'trainval'" + (held.isEmpty ? "" : " that are not in 'val'"))
      }
      if train == nil, test == nil, validation == nil {
        train = data.splits.first { SplitUse($0.name) == nil }?.images
      }
      self.notes = notes
    }
  }

  /// The images that are in two splits.
  ///
  /// - Parameter isForEvaluation: whether data of one split are evaluated as a whole, and nothing is trained on them.
  func sharedImages(isForEvaluation: Bool) -> SharedImages {
    let (trained, tested) = (train.map(\.path), test.map(\.path))
    return SharedImages(
      train: isForEvaluation && trained == tested ? [] : trained,
      validation: validation?.map(\.path), test: tested)
  }

  private static func divided(
    _ images: [AnnotatedImage], seed: UInt64
  ) -> (train: [AnnotatedImage], test: [AnnotatedImage]) {
    let held = TestFifth.places(of: images.count, seed: seed)
    return (
      images.indices.filter { !held.contains($0) }.map { images[$0] },
      images.indices.filter(held.contains).map { images[$0] }
    )
  }

  /// Reports of splits whose names say nothing of their purpose, where other splits' names do.
  private static func unused(_ splits: [DetectionSplit]) -> [String] {
    guard splits.contains(where: { SplitUse($0.name) != nil }) else {
      let others = splits.dropFirst().filter { !$0.images.isEmpty }
      return others.map { text(of: $0) }
    }
    return splits.filter { SplitUse($0.name) == nil && !$0.images.isEmpty }.map { text(of: $0) }
  }

  private static func text(of split: DetectionSplit) -> String {
    "the split '\(split.name)' (\(quantity(split.images.count, "image"))) is not used: its name is neither train, val "
      + "nor test"
  }

  /// Refuses data without a box to train on, and counts the boxes that are ignored.
  private mutating func check(_ path: String, _ classNames: [String]) throws {
    let boxes = train.flatMap(\.boxes)
    guard !boxes.isEmpty else { throw AnnotationError.noBoxes(path: path, images: "training") }
    let crowds = boxes.count(where: \.isCrowd)
    let difficult = boxes.count { $0.isDifficult && !$0.isCrowd }
    guard crowds + difficult < boxes.count else {
      throw AnnotationError.onlyIgnored(path: path, crowds: crowds, difficult: difficult)
    }
    let there = Set(boxes.map(\.label))
    let missing = classNames.indices.filter { !there.contains($0) }.map { classNames[$0] }
    if !missing.isEmpty {
      notes.append(
        "\(missing.count) of \(classNames.count) classes without a box on the training images, so never "
          + "detected: \(listed(missing, atMost: 5))")
    }
    guard crowds + difficult > 0 else { return }
    notes.append(
      "\(crowds + difficult) of \(boxes.count) boxes on the training images are ignored in training: "
        + "\(crowds) crowds, \(difficult) difficult")
    let found = Set(boxes.lazy.filter(\.isFound).map(\.label))
    let ignored = Set(boxes.map(\.label)).subtracting(found).sorted()
    for label in ignored where classNames.indices.contains(label) {
      notes.append("all boxes of class '\(classNames[label])' are ignored: it will not be detected")
    }
  }
}

extension AnnotatedBox {
  /// Whether it has to be found: crowds and difficult boxes are ignored.
  fileprivate var isFound: Bool { !isCrowd && !isDifficult }
}

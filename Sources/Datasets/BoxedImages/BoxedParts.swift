import Randomness

/// Which images of a data set are learned from, and which are judged by.
struct BoxedParts {
  private(set) var train: [AnnotatedImage]
  private(set) var validation: [AnnotatedImage]?
  private(set) var test: [AnnotatedImage]
  private(set) var notes: [String] = []

  /// What a part is for, by its name: `train2017` and `training` are both to learn from.
  private enum Purpose: CaseIterable {
    case both
    case train
    case validation
    case test

    init?(_ name: String) {
      let name = name.lowercased()
      if name.hasPrefix("trainval") {
        self = .both
      } else if name.hasPrefix("train") {
        self = .train
      } else if name.hasPrefix("val") {
        self = .validation
      } else if name.hasPrefix("test") {
        self = .test
      } else {
        return nil
      }
    }
  }

  /// Divides a data set.
  ///
  /// - Throws: `DataError.noImages` where there is nothing to learn from, or nothing to judge by.
  init(_ data: DetectionData, path: String, _ options: BoxOptions) throws {
    func images(_ purpose: Purpose) -> [AnnotatedImage]? {
      let named = data.splits.filter { Purpose($0.name) == purpose && !$0.images.isEmpty }
      return named.isEmpty ? nil : named.flatMap(\.images)
    }
    // Test images that nobody has annotated, as COCO's are, are nothing to judge by.
    var test = images(.test)
    if let images = test, images.allSatisfy(\.boxes.isEmpty) {
      notes.append("the \(images.count) test images have no boxes and are not judged by")
      test = nil
    }
    var validation = images(.validation)
    var train = images(.train)
    if test != nil, let both = images(.both) {
      // What VOC calls trainval is learned from where there is something else to judge by.
      (train, validation) = (both, nil)
    } else if train == nil, let both = images(.both) {
      // Where the list of all is there and the one to judge by, the rest is to learn from.
      let judged = Set((validation ?? []).map(\.path))
      train = both.filter { !judged.contains($0.path) }
    }
    if train == nil, test == nil, validation == nil {
      train = data.splits.first?.images
    }
    guard let train, !train.isEmpty else { throw DataError.noImages(folder: path) }
    switch (validation, test) {
    case (let validation, let test?):
      (self.train, self.validation, self.test) = (train, validation, test)
    case (let validation?, nil): (self.train, self.test) = (train, validation)
    case (nil, nil):
      guard train.count > 1 else { throw DataError.noImages(folder: path) }
      (self.train, self.test) = Self.divided(train, seed: options.splitSeed)
      notes.append(
        "the data name no images to judge by, so a fifth was kept for it: \(self.test.count) images"
      )
    }
    try check(path)
    noteShared()
  }

  /// Divides images by chance: a fifth, but at least one, is judged by.
  private static func divided(
    _ images: [AnnotatedImage], seed: UInt64
  ) -> (train: [AnnotatedImage], test: [AnnotatedImage]) {
    var order = Array(images.indices)
    var stream = RandomStream(seed: seed, for: .split)
    order.shuffle(using: &stream)
    let judged = Set(order.prefix(max(1, images.count / 5)))
    return (
      images.indices.filter { !judged.contains($0) }.map { images[$0] },
      images.indices.filter(judged.contains).map { images[$0] }
    )
  }

  /// Refuses data without a box to learn from.
  private func check(_ path: String) throws {
    guard train.contains(where: { !$0.boxes.isEmpty }) else {
      throw AnnotationError.noBoxes(path: path)
    }
  }

  /// Tells of images that are learned from and judged by: their figures promise too much.
  private mutating func noteShared() {
    let learned = Set(train.map(\.path))
    let shared = ((validation ?? []) + test).count { learned.contains($0.path) }
    guard shared > 0 else { return }
    notes.append(
      "\(shared) of the images to judge by are learned from as well, so the figures promise too much"
    )
  }
}

import Numbers

extension DataReport {
  /// Decodes each image of data to classify once, and checks it.
  public init(_ data: ImageData) {
    self.init(
      data, SurveySource(data), found: data.found, notes: data.notes, checks: [Self.labels])
  }

  /// Decodes each image of data with boxes once, and checks it and its boxes.
  public init(_ data: DetectionSplitData) {
    self.init(
      data, SurveySource(data), found: data.found, notes: data.notes,
      checks: [{ Self.leftOut(data.leftOut, $0) }, Self.boxes, Self.labels])
  }

  /// Decodes each image of data with masks once, and checks it and its mask.
  public init(_ data: SegmentationData) {
    self.init(
      data, SurveySource(data), found: data.found, notes: data.notes,
      checks: [Self.masks, Self.labels])
  }

  private init<Splits: DataSplits>(
    _ data: Splits, _ source: SurveySource, found: String, notes: [String],
    checks: [(Context) -> [Finding]]
  ) {
    let context = Context(
      source: source, seen: SurveyedImage.survey(source), classNames: data.classNames,
      leftOut: data.broken, folder: FolderPrefix(data.name))
    self.data = data.name
    task = source.labels.rawValue
    self.found = found
    splits = context.splits
    let readable = context.seen.filter { $0.width > 0 }
    sizes = Dictionary(grouping: readable) { ImageSize(width: $0.width, height: $0.height) }
      .map { Size(width: $0.key.width, height: $0.key.height, images: $0.value.count) }
      .sorted { ($1.images, $0.width, $0.height) < ($0.images, $1.width, $1.height) }
    channels = Dictionary(grouping: readable) { "\($0.channels)" }.mapValues(\.count)
    self.notes = notes
    files = data.account.entries
    findings =
      Self.images(context) + Self.copies(context) + checks.flatMap { $0(context) }
    addPictures(context)
  }

  /// What the checks know of the data.
  struct Context {
    let source: SurveySource
    /// What was seen of each image, in the order of `images`.
    let seen: [SurveyedImage]
    let classNames: [String]
    /// The images that were left out when the data was read.
    let leftOut: [BrokenImage]
    let folder: FolderPrefix
    /// All images, split by split.
    let images: [(split: Int, image: SurveySource.Image)]
    /// The splits with their classes, counted.
    private(set) var splits: [Split] = []

    init(
      source: SurveySource, seen: [SurveyedImage], classNames: [String], leftOut: [BrokenImage],
      folder: FolderPrefix
    ) {
      (self.source, self.seen, self.classNames) = (source, seen, classNames)
      (self.leftOut, self.folder) = (leftOut, folder)
      images = source.images
      splits = countedSplits
    }

    /// An image as a finding names it.
    func named(_ position: Int, box: Int? = nil) -> Image {
      let (split, image) = images[position]
      let shown = box.map { image.boxes[$0] }
      return Image(
        split: source.splits[split].name, name: folder.removed(from: TarMember.shown(image.name)),
        label: (image.label ?? shown?.label).map { classNames[$0] },
        box: shown.map { [$0.box.x, $0.box.y, $0.box.width, $0.box.height] })
    }

    /// The classes of an image: its own, those of its boxes, or those of its mask.
    func classes(_ position: Int) -> Set<Int> {
      let (split, image) = images[position]
      if let label = image.label { return [label] }
      if let counts = source.splits[split].masks?.imageCounts?[image.index] {
        return Set(counts.indices.filter { counts[$0] > 0 })
      }
      return Set(image.boxes.map(\.label))
    }

    private var countedSplits: [Split] {
      source.splits.enumerated().map { split, own in
        var images = [Int](repeating: 0, count: classNames.count)
        var boxes = images
        for position in self.images.indices where self.images[position].split == split {
          for label in classes(position) { images[label] += 1 }
          for box in self.images[position].image.boxes { boxes[box.label] += 1 }
        }
        return Split(
          name: own.name, images: own.images.count,
          classes: classNames.enumerated().map { label, name in
            ClassCount(
              name: name, images: images[label],
              boxes: source.labels == .boxes ? boxes[label] : nil,
              pixels: own.masks?.pixelCounts[label])
          })
      }
    }

    /// A finding of images of which each stands alone.
    func finding(
      _ check: String, _ title: String, _ advice: String,
      _ found: [(position: Int, box: Int?, text: String)]
    ) -> Finding {
      Finding(
        check: check, title: title, count: found.count, advice: advice,
        examples: found.prefix(DataReport.maximumExamples).map {
          Example(images: [named($0.position, box: $0.box)], text: $0.text)
        })
    }
  }
}

import Foundation
import Numbers

/// What shards are written of: the images of a folder with their classes, boxes or masks.
struct ShardSource {
  let parts: [ShardWriter.Part]
  let list: (name: String, bytes: Data)
  let classes: Int
  var notes: [String] = []

  /// Lists a folder.
  ///
  /// - Throws: `DataError`, `LayoutError`, `ShardError`, `AnnotationError`, `MaskError`.
  init(_ folder: String, allowsLinks: Bool) throws {
    guard case .folder(let path) = try DataSource(named: folder) else {
      throw DataError.unreadable(file: folder, reason: "it is not a folder of images")
    }
    let masks = MaskLayoutFormat.recognized(at: path)
    let boxes = masks == nil ? AnnotationFormat.recognized(at: path) : nil
    guard !ShardNames.isName(path), masks != .shards, boxes != .shards else {
      throw DataError.unreadable(file: folder, reason: Self.haveShards)
    }
    if let masks {
      try self.init(masks: path, masks, allowsLinks: allowsLinks)
    } else if let boxes {
      try self.init(boxes: path, boxes, allowsLinks: allowsLinks)
    } else {
      try self.init(classes: path, named: folder, allowsLinks: allowsLinks)
    }
  }

  private static let haveShards = "it has shards already"

  private init(classes path: String, named folder: String, allowsLinks: Bool) throws {
    let layout = try DataSource.layout(of: path)
    switch layout {
    case .idx, .cifar10, .cifar100:
      throw DataError.unreadable(
        file: folder, reason: "it has no image files, and is read faster than shards would be")
    case .shards: throw DataError.unreadable(file: folder, reason: Self.haveShards)
    case .splitFolders, .oneFolder: break
    }
    let found = try ImageFolder(path, layout, splitSeed: 1, allowsLinks: allowsLinks)
    let prefix = FolderPrefix(path)
    func part(_ name: String, _ files: [ImageFolder.File]) -> ShardWriter.Part {
      .init(name: name, count: files.count) { index in
        let file = files[index]
        return .init(
          image: file.path, name: prefix.removed(from: file.path), ending: "cls",
          label: .bytes(Data("\(file.label)".utf8)))
      }
    }
    if case .oneFolder = layout {
      // Without splits of its own a folder stays whole.
      let all = (found.train + found.test).sorted { ($0.label, $0.path) < ($1.label, $1.path) }
      parts = [part("shard", all)]
    } else {
      parts = [
        part("train", found.train), part("val", found.validation ?? []), part("test", found.test),
      ]
    }
    classes = found.classNames.count
    list = (ImageFolder.classList, Data(found.classNames.map { $0 + "\n" }.joined().utf8))
  }

  private init(boxes path: String, _ format: AnnotationFormat, allowsLinks: Bool) throws {
    var data = try format.read(path, options: DetectionOptions(allowsLinks: allowsLinks))
    // As of masks, what cannot be read is left out.
    let faults = ImageSurvey(data.splits.flatMap { $0.images.map(\.path) }, labels: "boxes").faults
    for split in data.splits.indices { data.splits[split].images.removeAll { faults[$0.path] != nil } }
    let divided = try DetectionSplits(data, path: path, BoxOptions())
    func part(_ name: String, _ images: [AnnotatedImage]) -> ShardWriter.Part {
      .init(name: name, count: images.count) { index in
        let image = images[index]
        let json = ShardedImage(
          image, classNames: data.classNames, classNumbers: data.classNumbers)
        return .init(
          image: image.path, name: image.name, ending: "json",
          label: .bytes(try JSONText.data(json)))
      }
    }
    if divided.isDivided {
      parts = [
        part("train", divided.train), part("val", divided.validation ?? []),
        part("test", divided.test),
      ]
    } else {
      parts = [part("shard", (divided.train + divided.test).sorted { $0.path < $1.path })]
    }
    classes = data.classNames.count
    list = (
      ImageFolder.classList,
      Data(ShardedClasses.text(data.classNames, data.classNumbers).utf8)
    )
    notes =
      data.notes + DetectionSplitData.notes(of: data.leftOut)
      + divided.notes.filter { !divided.notesOfDivision.contains($0) }
      + faults.sorted { $0.key < $1.key }.map { "left out: \($0.key): \($0.value)" }
  }

  private init(masks path: String, _ format: MaskLayoutFormat, allowsLinks: Bool) throws {
    let data = try MaskFolderReader(
      folder: path, format: format, options: DataOptions(allowsLinks: allowsLinks)
    ).read()
    let ending = data.isInstance ? "instances" : "mask"
    func part(_ name: String, _ sets: [SegmentationDataset?]) -> ShardWriter.Part {
      let files = sets.compactMap(\.self).flatMap { set in
        set.names.indices.compactMap { index in
          set.maskFile(of: index).map { (set.imagePath(of: index), $0, set.names[index]) }
        }
      }.sorted { $0.0 < $1.0 }
      return .init(name: name, count: files.count) { index in
        let (image, mask, name) = files[index]
        return .init(
          image: image, name: name + "." + fileExtension(image),
          ending: ending + "." + fileExtension(mask).lowercased(), label: .file(mask))
      }
    }
    parts =
      data.isDivided
      ? [part("train", [data.train]), part("val", [data.validation]), part("test", [data.test])]
      : [part("shard", [data.train, data.test])]
    classes = data.classNames.count
    if let file = MaskClasses.file(in: path) {
      guard let bytes = FileManager.default.contents(atPath: file) else {
        throw DataError.unreadable(file: file, reason: "it cannot be opened")
      }
      list = (lastPart(file), bytes)
    } else {
      // Elsewhere the numbers in the masks say the classes, as they do in the folder; VOC's have names by its format.
      let names = format == .voc ? data.classNames : []
      list = (ImageFolder.classList, Data(names.map { $0 + "\n" }.joined().utf8))
    }
    notes = data.notes + data.broken.map { "left out: \($0.path): \($0.fault)" }
  }
}

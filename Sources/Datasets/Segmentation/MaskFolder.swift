import Foundation

/// The images of a folder with their masks, by split, found but not read.
struct MaskFolder {
  /// `train`, `val`, `test`, or `all`.
  private(set) var parts: [MaskSplit]
  /// Whether the masks are maps of instances by their folder's name.
  let isInstances: Bool
  /// The folders, for display.
  let summary: String
  /// The lists of the splits' images, by which they were found.
  private(set) var lists: [String] = []
  /// What becomes of the files, nil of shards; broken ones are noted by who reads them.
  private(set) var ledger: FolderLedger?
  /// What becomes of shards.
  private(set) var shards: FolderAccount?

  /// Lists a folder of images and masks.
  ///
  /// - Throws: `MaskError`, and `DataError` for a folder that cannot be read or a link that leaves it.
  init(_ folder: String, _ format: MaskLayoutFormat, allowsLinks: Bool, isForEvaluation: Bool = false) throws {
    if format == .shards {
      self = try MaskFolder(shards: folder, isForEvaluation: isForEvaluation)
      return
    }
    let root = allowsLinks ? nil : folder
    ledger = FolderLedger(folder)
    let listing = FolderListing(folder)
    if format == .voc, let voc = MaskLayoutFormat.vocFolders(in: listing) {
      isInstances = false
      summary = "VOC's segmentation: JPEGImages/ and SegmentationClass/"
      let pairs = try MaskPairs(
        MaskLayout.Part(images: voc.images, masks: voc.masks, isInstances: false), root: root)
      let folder = Self.vocLists(in: listing)
      parts = try Self.listed(in: folder, pairs, skipsPartsWithoutMasks: true) ?? []
      if !parts.isEmpty { lists = Self.lists(in: folder).map { joined(folder, $0.file) } }
      if parts.isEmpty {
        // VOC has masks of some of its images only.
        let ids = pairs.order.filter { pairs.masks[$0] != nil }
        parts = [MaskSplit(name: "all", pairs: ids.compactMap(pairs.pair))]
      }
      countUnused([pairs])
      return
    }
    let found = MaskLayout.parts(of: listing)
    isInstances = found.contains(where: \.isInstances)
    summary = Self.summary(found)
    let tables = try found.map { try MaskPairs($0, root: root) }
    if tables.count == 1, found[0].name == nil {
      let listed = try Self.listed(in: folder, tables[0], skipsPartsWithoutMasks: false)
      parts =
        listed ?? [MaskSplit(name: "all", pairs: tables[0].order.compactMap(tables[0].pair))]
      if listed != nil { lists = Self.lists(in: folder).map { joined(folder, $0.file) } }
    } else {
      let byName = Dictionary(grouping: zip(found, tables)) { $0.0.name ?? "all" }
      parts = byName.sorted { $0.key < $1.key }.map { name, tables in
        MaskSplit(name: name, pairs: tables.flatMap { $0.1.order.compactMap($0.1.pair) })
      }
    }
    try Self.refuseFew(tables)
    countUnused(tables)
  }

  /// Takes what was found in shards.
  init(
    parts: [MaskSplit], isInstances: Bool, summary: String,
    shards: FolderAccount
  ) {
    (self.parts, self.isInstances, self.summary) = (parts, isInstances, summary)
    self.shards = shards
  }

  private static func summary(_ found: [MaskLayout.Part]) -> String {
    guard let first = found.first else { return "" }
    let parts = found.compactMap(\.folder).map { $0 + "/" }
    let below = parts.isEmpty ? "" : " in " + parts.joined(separator: ", ")
    if first.isTogether { return "images with masks beside them" + below }
    let isPart = SplitUse.isFolder(lastPart(first.images))
    let images = isPart ? "images" : lastPart(first.images)
    let masks = MaskLayout.partName(lastPart(first.masks)) == nil ? lastPart(first.masks) : ""
    let above = masks.isEmpty ? lastPart(folderPart(first.masks)) : masks
    let imagesAbove = isPart && masks.isEmpty ? lastPart(folderPart(first.images)) : images
    return "\(imagesAbove)/ with \(above)/" + below
  }

  // MARK: Lists

  private static func vocLists(in listing: FolderListing) -> String {
    func below(_ path: String, _ name: String) -> String? {
      FolderListing(path).folders.first { $0.lowercased() == name }.map { joined(path, $0) }
    }
    return below(listing.path, "imagesets").flatMap { below($0, "segmentation") }
      ?? listing.path + "/ImageSets/Segmentation"
  }

  /// Reads `train.txt`, `val.txt`, `test.txt` where they are; nil where there is none.
  private static func listed(
    in folder: String, _ pairs: MaskPairs, skipsPartsWithoutMasks: Bool
  ) throws -> [MaskSplit]? {
    let lists = lists(in: folder)
    guard !lists.isEmpty else { return nil }
    return try lists.compactMap { name, list in
      let file = joined(folder, list)
      var listed: [MaskPair] = []
      var isMasked = false
      var lines: [String: Int] = [:]
      for (index, line) in try readLines(file).enumerated()
      where !line.allSatisfy(\.isWhitespace) {
        // A name may have spaces, or a second column behind it.
        let first = line.split(whereSeparator: \.isWhitespace).first ?? line
        guard let id = pairs.id(line) ?? pairs.id(first) else {
          throw MaskError.notListed(
            list: file, line: index + 1, name: line.trimmingCharacters(in: .whitespaces),
            folder: pairs.part.images)
        }
        if let earlier = lines.updateValue(index + 1, forKey: id) {
          throw MaskError.listedTwice(list: file, line: index + 1, name: id, earlier: earlier)
        }
        isMasked = isMasked || pairs.masks[id] != nil
        if let pair = pairs.pair(id) {
          listed.append(pair)
        } else if isMasked || !skipsPartsWithoutMasks {
          // VOC lists its test images, whose masks it keeps to itself; others should have theirs.
          throw MaskError.noMask(
            image: pairs.images[id] ?? id, lookedFor: "\(pairs.part.masks)/\(id).png")
        }
      }
      return listed.isEmpty && skipsPartsWithoutMasks ? nil : MaskSplit(name: name, pairs: listed)
    }
  }

  /// The lists of a folder, by what their splits are for.
  private static func lists(in folder: String) -> [(name: String, file: String)] {
    FolderListing(folder).files.filter { fileExtension($0) == "txt" }
      .compactMap { file in MaskLayout.partName(stem(file)).map { (name: $0, file: file) } }
      .filter { !$0.file.lowercased().hasPrefix("trainval") }
  }

  // MARK: What is not used

  /// Refuses folders of which half of the images or more have no mask, or half of the masks no image.
  private static func refuseFew(_ tables: [MaskPairs]) throws {
    for table in tables {
      let lacking = table.order.filter { table.masks[$0] == nil }
      let lost = table.masks.keys.filter { table.images[$0] == nil }
        .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      if let first = lacking.first, lacking.count * 2 >= table.order.count {
        throw MaskError.noMask(
          image: table.images[first] ?? first, lookedFor: "\(table.part.masks)/\(first).png",
          others: lacking.count - 1, of: table.order.count)
      }
      if let first = lost.first, lost.count * 2 >= table.masks.count {
        throw MaskError.noImage(
          mask: table.masks[first] ?? first, lookedFor: "\(table.part.images)/\(first).png or .jpg",
          others: lost.count - 1, of: table.masks.count)
      }
    }
  }

  private mutating func countUnused(_ tables: [MaskPairs]) {
    for table in tables {
      for id in table.order {
        guard let image = table.images[id] else { continue }
        let isMasked = table.masks[id] != nil
        ledger?.note(
          image, .leftOut(because: isMasked ? "images that no list names" : "images without a mask")
        )
      }
      for (id, mask) in table.masks.sorted(by: { $0.key < $1.key }) {
        let isPaired = table.images[id] != nil
        ledger?.note(
          mask, .leftOut(because: isPaired ? "masks that no list names" : "masks without an image"))
      }
    }
    for part in parts {
      for pair in part.pairs {
        ledger?.note(
          pair.image, .used(as: part.name == "all" ? "images" : "\(part.name) images"))
        ledger?.note(pair.mask, .used(as: "masks"))
      }
    }
  }
}

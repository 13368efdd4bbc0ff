import Numbers

/// Reads the images of a folder: small ones into memory, the files of others when a batch wants them.
struct ImageFolderReader {
  let folder: String
  let options: DataOptions

  /// The longest side of images that are held in memory, decoded, as they are.
  static let longestInMemory = 96
  /// The most bytes that they may take there.
  static let maximumInMemory = 4 << 30

  /// Reads a folder of images into two sets.
  ///
  /// - Throws: `DataError` where a split has no images, or too many are broken.
  func read(_ layout: DataLayout, name: String) throws -> ImageData {
    let listed = try SharedDiscovery.value { try Listed(folder, layout, options) }
    let (found, headers) = (listed.found, listed.headers)
    let filledBits = headers.filledBits ?? .all
    if let shape = inMemory(headers) {
      let decoder = FolderDecoder(
        shape: shape, filledBits: filledBits, interpolation: options.interpolation)
      let (train, trainFaults) = decoder.decode(found.train, headers.faults)
      let validation = found.validation.map { decoder.decode($0, headers.faults) }
      let (test, testFaults) =
        found.isWhole ? (train, []) : decoder.decode(found.test, headers.faults)
      let broken = trainFaults + (validation?.broken ?? []) + testFaults
      try headers.check(broken)
      return try data(
        name, train, validation?.set, test, found, headers, summary: found.summary, broken: broken)
    }
    let size = wantedSize(headers) ?? headers.defaultCrop(atMost: options.defaultCropSize)
    func photos(_ files: [ImageFileDataset.File]) -> ImageFileDataset {
      ImageFileDataset(
        headers.faults.isEmpty ? files : files.filter { headers.faults[$0.path] == nil }, name: folder, size: size,
        channels: headers.channels, cropShare: options.cropShare,
        interpolation: options.interpolation,
        allowsBroken: options.allowsBroken, filledBits: filledBits)
    }
    let verb = options.imageSize == nil && wantedSize(headers) != nil ? "enlarged" : "cropped"
    let summary = found.summary + "; photographs of \(headers.sizes), \(verb) to \(size)x\(size)"
    let train = photos(found.train)
    return try data(
      name, train, found.validation.map(photos), found.isWhole ? train : photos(found.test), found,
      headers,
      summary: summary, broken: headers.broken)
  }

  /// Width and height that are asked for, or to which the images are enlarged; nil where they stay as they are.
  private func wantedSize(_ headers: FolderHeaders) -> Int? {
    if let size = options.imageSize { return size }
    guard let common = wholeSize(headers) else {
      return options.enlargement?.size(forSide: headers.medianSide, count: headers.count)
    }
    return options.enlargement?.size(for: common, count: headers.count)
  }

  /// The size of the images where all have one and are so small that they are held in memory whole.
  private func wholeSize(_ headers: FolderHeaders) -> ImageSize? {
    guard !options.arePhotographs, let common = headers.commonSize,
      max(common.width, common.height) <= Self.longestInMemory
    else { return nil }
    return common
  }

  /// The images of a folder, and what their headers say.
  private struct Listed: Codable {
    let found: ImageFolder
    let headers: FolderHeaders

    init(_ folder: String, _ layout: DataLayout, _ options: DataOptions) throws {
      found =
        layout == .shards
        ? try ImageFolder(
          shards: folder, splitSeed: options.splitSeed, isForEvaluation: options.isForEvaluation)
        : try ImageFolder(
          folder, layout, splitSeed: options.splitSeed, allowsLinks: options.allowsLinks,
          isForEvaluation: options.isForEvaluation)
      headers = try FolderHeaders(
        found.train + (found.validation ?? []) + (found.isWhole ? [] : found.test), folder: folder, options)
    }
  }

  private func data(
    _ name: String, _ train: any LabeledImages, _ validation: (any LabeledImages)?,
    _ test: any LabeledImages, _ found: ImageFolder, _ headers: FolderHeaders, summary: String,
    broken: [BrokenImage]
  ) throws -> ImageData {
    try checkClasses(of: found, train, broken)
    for set in [train, validation, test].compactMap(\.self) where set.count == 0 {
      throw DataError.noImages(folder: folder)
    }
    var data = ImageData(
      name: name, train: train, validation: validation, test: test, classNames: found.classNames,
      found: summary, broken: broken, notes: found.notes + headers.notes,
      account: found.account(broken: broken), isForEvaluation: options.isForEvaluation)
    data.testSplit = found.testSplit
    data.hasNumbersAlone = found.hasNumbersAlone
    let brokenFiles = Set(broken.map(\.path))
    data.brokenTestImages =
      brokenFiles.isEmpty ? 0 : (found.isWhole ? found.train : found.test).count { brokenFiles.contains($0.path) }
    data.isEnlarged = options.imageSize == nil && wantedSize(headers) != nil
    return data
  }

  /// Refuses a class of which there is no image to train on, since all of them are broken.
  private func checkClasses(
    of found: ImageFolder, _ train: any LabeledImages, _ broken: [BrokenImage]
  ) throws {
    let there = Set(train.labels)
    for (label, name) in found.classNames.enumerated() where !there.contains(Int64(label)) {
      let own = found.train.filter { $0.label == Int64(label) }
      guard let first = broken.first(where: { image in own.contains { $0.path == image.path } })
      else { continue }
      throw LayoutError.noReadableImage(className: name, count: own.count, first: first)
    }
  }

  /// The size at which the images are held in memory, or nil where they are not: where they are large,
  /// or of several sizes and none was asked for, or too many, or read as photographs before.
  private func inMemory(_ headers: FolderHeaders) -> ImageHeader? {
    guard !options.arePhotographs,
      let size = wantedSize(headers).map({ ImageSize(width: $0, height: $0) }) ?? headers.commonSize
    else { return nil }
    let shape = ImageHeader(width: size.width, height: size.height, channels: headers.channels)
    let fits = headers.count <= Self.maximumInMemory / (size.area * headers.channels)
    return max(size.width, size.height) <= Self.longestInMemory && fits ? shape : nil
  }
}

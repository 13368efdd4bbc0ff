import Formatting
import Masks
import Synchronization

/// Reads a folder of images and masks: the lists, every image's header, and every mask.
struct MaskFolderReader {
  let folder: String
  let format: MaskLayoutFormat
  let options: DataOptions

  private var classFolder: String { format == .shards ? ShardNames.folder(of: folder) : folder }

  func read() throws -> SegmentationData {
    let listed = try SharedDiscovery.value { try list() }
    let (splits, findings) = (listed.splits, listed.findings)
    let read = try MaskSurvey.scheme(
      of: splits.all.compactMap { pair in findings[pair.mask].map { (pair.mask, $0) } }, folder: folder,
      isInstances: listed.isInstances, isVOC: format == .voc,
      classes: MaskClasses.read(in: classFolder) ?? options.maskClasses.map { MaskClasses(names: $0) })
    let scheme = options.maskClasses.map(read.inOrder) ?? read
    func dataset(_ pairs: [MaskPair], _ part: String) throws -> SegmentationDataset {
      let readable = pairs.filter { findings[$0.mask] != nil }
      guard !readable.isEmpty else { throw MaskError.noImages(folder: folder, part: part) }
      return try set(readable, findings, scheme, listed.filledBits)
    }
    let train = try dataset(splits.train, "training")
    let test = try dataset(splits.test, "evaluation")
    let validation = try splits.validation.map { try dataset($0, "evaluation") }
    if scheme.kind != .instances {
      // What is not told apart is not trained, whatever its number.
      func isOneClass(_ sets: [SegmentationDataset]) -> Bool {
        scheme.names.indices.count { label in sets.contains { $0.pixelCounts[label] > 0 } } < 2
      }
      if options.maskClasses == nil, isOneClass([train, validation, test].compactMap(\.self)) {
        throw MaskError.oneClass(folder: folder)
      }
      if !options.isForEvaluation, isOneClass([train]) { throw MaskError.oneClass(folder: folder, part: "training") }
    }
    if scheme.kind == .instances, !options.isForEvaluation, train.pixelCounts.dropFirst().allSatisfy({ $0 == 0 }) {
      throw MaskError.oneClass(folder: folder, part: "training")
    }
    let empty =
      options.isForEvaluation
      ? options.maskClasses.flatMap { Self.ignored(in: test, classNames: $0) }.map { [$0] } ?? []
      : Self.empty(train: train, test: test)
    let brokenFiles = Set(listed.broken.map(\.path))
    return SegmentationData(
      name: folder, train: train, validation: validation, test: test,
      found: "\(listed.summary); " + summary(for: scheme, findings), broken: listed.broken,
      brokenTestImages: splits.test.count { brokenFiles.contains($0.image) || brokenFiles.contains($0.mask) },
      notes: listed.notes + empty, account: listed.account, testSplit: listed.testSplit)
  }

  /// The pairs of a folder by split, and what their masks and the images' headers say.
  private struct Listed: Codable {
    let splits: Splits
    let isInstances: Bool
    let testSplit: String?
    /// The folders and splits, for display.
    let summary: String
    /// By the masks' paths.
    let findings: [String: MaskSurvey.Finding]
    let filledBits: FilledBits
    let broken: [BrokenImage]
    let notes: [String]
    let account: FolderAccount
  }

  /// The pairs of each split.
  private struct Splits: Codable {
    let train: [MaskPair]
    var validation: [MaskPair]?
    let test: [MaskPair]
    /// Whether both are the same images, of which nothing is trained.
    let isWhole: Bool

    /// Splits of their own.
    init(train: [MaskPair], validation: [MaskPair]? = nil, test: [MaskPair]) {
      (self.train, self.validation, self.test, isWhole) = (train, validation, test, false)
    }

    /// Images that are evaluated, and stand for the training images too.
    init(whole pairs: [MaskPair]) { (train, test, isWhole) = (pairs, pairs, true) }

    /// Each pair once.
    var all: [MaskPair] { isWhole ? train : train + test + (validation ?? []) }
  }

  private func list() throws -> Listed {
    let found = try MaskFolder(
      folder, format, allowsLinks: options.allowsLinks, isForEvaluation: options.isForEvaluation)
    let (splits, origin) = splits(of: found.parts)
    let (findings, broken) = try survey(splits.all)
    let survey = ImageSurvey(splits.all.map(\.image), known: options.filledBits, labels: "masks")
    let shared = SharedImages(
      train: splits.isWhole ? [] : splits.train.map(\.image), validation: (splits.validation ?? []).map(\.image),
      test: splits.test.map(\.image))
    return Listed(
      splits: splits, isInstances: found.isInstances, testSplit: Self.evaluated(found.parts)?.test,
      summary: "\(found.summary), \(origin)", findings: findings, filledBits: survey.filledBits,
      broken: broken, notes: survey.notes + shared.notes, account: account(found, broken))
  }

  /// Which classes have no pixel to train or to evaluate on.
  private static func empty(train: SegmentationDataset, test: SegmentationDataset) -> [String] {
    let untrained = train.classNames.indices.filter { train.pixelCounts[$0] == 0 }
    let untested = test.classNames.indices.filter {
      test.pixelCounts[$0] == 0 && train.pixelCounts[$0] > 0
    }
    return [("training", "trained", untrained), ("test", "evaluated", untested)]
      .compactMap { part, verb, labels -> String? in
        guard !labels.isEmpty else { return nil }
        let names = listed(labels.map { train.classNames[$0] }, atMost: 5)
        return "note: \(labels.count) of \(train.classNames.count) classes without a pixel in the "
          + "\(part) masks, so never \(verb): \(names)"
      }
  }

  /// Warns where nothing but background counts in masks that are evaluated, while other pixels are ignored; nil where not.
  private static func ignored(in test: SegmentationDataset, classNames: [String]) -> String? {
    let pixels = test.sizes.reduce(0) { $0 + $1.area } - test.pixelCounts.reduce(0, +)
    guard pixels > 0, test.pixelCounts.dropFirst().allSatisfy({ $0 == 0 }) else { return nil }
    return "note: no pixel of the masks is of one of the run's classes but the background, and "
      + "\(quantity(pixels, "pixel")) \(pixels == 1 ? "is" : "are") ignored, as 255 is in masks of numbers; in the run's "
      + "masks 1 is '\(classNames.dropFirst().first ?? "")'"
  }

  /// What became of every file.
  private func account(_ found: MaskFolder, _ broken: [BrokenImage]) -> FolderAccount {
    let classes = MaskClasses.file(in: classFolder)
    guard var ledger = found.ledger else {
      var account = found.shards ?? FolderAccount()
      if let classes { account.add(.used(as: "names of classes"), classes) }
      return account
    }
    for file in broken { ledger.note(file.path, .leftOut(because: "broken")) }
    if let classes { ledger.note(classes, .used(as: "names of classes")) }
    for list in found.lists { ledger.note(list, .used(as: "lists")) }
    return ledger.close()
  }

  // MARK: Splits

  /// The splits to evaluate on; nil where no name says one.
  private static func evaluated(
    _ parts: [MaskSplit]
  ) -> (validation: String?, test: String)? {
    DataLayout.evaluationSplits { name in parts.contains { $0.name == name } }
  }

  /// The pairs of each split, and how they came to be, for display.
  private func splits(of parts: [MaskSplit]) -> (splits: Splits, origin: String) {
    func pairs(_ name: String) -> [MaskPair] { parts.first { $0.name == name }?.pairs ?? [] }
    guard let evaluated = Self.evaluated(parts) else {
      let only = parts.first { $0.name == "train" } ?? parts.first
      let all = only?.pairs ?? []
      if options.isForEvaluation { return (Splits(whole: all), "all images evaluated") }
      let held = TestFifth.places(of: all.count, seed: options.splitSeed)
      let divided = EarlierDivision.restoring(
        (
          train: all.indices.filter { !held.contains($0) }.map { all[$0] },
          test: all.indices.filter(held.contains).map { all[$0] }
        ), below: folder, path: \.image)
      return (Splits(train: divided.train, test: divided.test), "a fifth of the images as the test set")
    }
    if options.isForEvaluation, !parts.contains(where: { $0.name == "train" }) {
      return (Splits(whole: pairs(evaluated.test)), "\(evaluated.test) evaluated")
    }
    let names = ["train", evaluated.validation, evaluated.test].compactMap(\.self)
    return (
      Splits(train: pairs("train"), validation: evaluated.validation.map(pairs), test: pairs(evaluated.test)),
      "split into " + names.joined(separator: ", ")
    )
  }

  // MARK: Masks

  /// Reads every mask and every image's header, on all cores; of several errors the first is reported.
  private func survey(
    _ pairs: [MaskPair]
  ) throws -> (findings: [String: MaskSurvey.Finding], broken: [BrokenImage]) {
    let results = Mutex(
      [Result<MaskSurvey.Finding, any Error>?](repeating: nil, count: pairs.count))
    onAllCores(pairs.count, makeWorker: { ImageDecoder() }) { decoder, index in
      let result = Result { try Self.survey(pairs[index], by: decoder) }
      results.withLock { $0[index] = result }
    }
    var findings: [String: MaskSurvey.Finding] = [:]
    var broken: [BrokenImage] = []
    var unequal: [(pair: MaskPair, fault: UnequalSizes)] = []
    for (pair, result) in zip(pairs, results.withLock { $0 }) {
      do { findings[pair.mask] = try result?.get() } catch let fault as BrokenFile {
        broken.append(BrokenImage(path: fault.path, fault: fault.fault))
      } catch let fault as UnequalSizes {
        unequal.append((pair, fault))
      }
    }
    if let (pair, fault) = unequal.first {
      throw MaskError.sizesDiffer(
        image: pair.image, size: fault.image, mask: pair.mask, maskSize: fault.mask,
        others: unequal.count - 1, of: pairs.count)
    }
    if let first = broken.first,
      findings.isEmpty || BrokenImage.areTooMany(broken.count, of: pairs.count) && !options.allowsBroken
    {
      throw DataError.tooManyBroken(
        folder: folder, broken: broken.count, of: pairs.count, first)
    }
    return (findings, broken)
  }

  private struct BrokenFile: Error {
    let path: String
    let fault: ImageFault
  }

  private struct UnequalSizes: Error {
    let image: ImageSize
    let mask: ImageSize
  }

  private static func survey(
    _ pair: MaskPair, by decoder: ImageDecoder
  ) throws -> MaskSurvey.Finding {
    let header: ImageHeader
    do throws(ImageFault) { header = try decoder.header(of: pair.image) } catch {
      throw BrokenFile(path: pair.image, fault: error)
    }
    let mask: RawMask
    do throws(ImageDecoder.MaskFault) { mask = try decoder.mask(of: pair.mask) } catch {
      switch error {
      case .notPNG: throw MaskError.notPNG(file: pair.mask)
      case .image(.otherKind): throw MaskError.notPNG(file: pair.mask)
      case .image(let fault): throw BrokenFile(path: pair.mask, fault: fault)
      }
    }
    guard !mask.isWide || mask.channels == 1 else { throw MaskError.wideColors(file: pair.mask) }
    let size = ImageSize(width: header.width, height: header.height)
    guard size == mask.size else { throw UnequalSizes(image: size, mask: mask.size) }
    return MaskSurvey.Finding(mask)
  }

  private func set(
    _ pairs: [MaskPair], _ findings: [String: MaskSurvey.Finding], _ scheme: MaskScheme,
    _ filledBits: FilledBits
  ) throws -> SegmentationDataset {
    var counts = [Int](repeating: 0, count: scheme.names.count)
    var imageCounts: [[Int]] = []
    var sizes: [ImageSize] = []
    for pair in pairs {
      guard let finding = findings[pair.mask] else { continue }
      let own = try MaskSurvey.pixelCounts(pair.mask, finding, scheme)
      for (label, count) in own.enumerated() { counts[label] += count }
      imageCounts.append(own)
      sizes.append(finding.size)
    }
    return SegmentationDataset(
      MaskFiles(pairs: pairs, scheme: scheme), name: folder, classNames: scheme.names,
      isInstance: scheme.kind == .instances, names: pairs.map(\.name), sizes: sizes,
      pixelCounts: counts, imageCounts: imageCounts, allowsBroken: options.allowsBroken,
      filledBits: filledBits)
  }

  private func summary(
    for scheme: MaskScheme, _ findings: [String: MaskSurvey.Finding]
  ) -> String {
    let sizes = findings.values.map(\.size).sorted { ($0.area, $0.width) < ($1.area, $1.width) }
    let range =
      sizes.first == sizes.last
      ? "\(sizes[0])"
      : "\(sizes.first.map { "\($0)" } ?? "") to \(sizes.last.map { "\($0)" } ?? "")"
    let kind =
      switch scheme.kind {
      case .classes: scheme.decided ?? "\(scheme.names.count) classes by number, 255 ignored"
      case .levels: scheme.decided ?? "\(scheme.names.count) classes by level"
      case .instances: "each mask a map of instances"
      case .colors: scheme.decided ?? "\(scheme.names.count) classes by color"
      }
    return "\(kind); \(range) pixels"
  }
}

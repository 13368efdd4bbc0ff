/// Which images a run was trained on, whatever they are called now.
extension DataRecord {
  /// The part of images that a run was trained on before its data changed, and that are no training images any more.
  static let earlierPart = "earlier"

  /// What an image is known by: the bytes of its file, or in older runs the last part of its name and its content.
  private struct Key: Hashable {
    let name: Substring
    let digest: UInt64

    init(_ image: Image, byFiles: Bool) {
      let file = byFiles ? image.file : nil
      name = file == nil ? image.name.split(separator: "/").last ?? "" : ""
      digest = file ?? image.content
    }
  }

  /// Whether files have digests.
  private var hasFiles: Bool {
    parts.contains { part in
      if case .listed(let images) = part.contents { images.contains { $0.file != nil } } else { false }
    }
  }

  /// Returns how many images of a part of some data are training images of this record.
  ///
  /// Training images that this record has in that part too, as copies, do not count.
  public func trainedImages(among other: DataRecord, of part: String = "test") -> Int {
    let byFiles = hasFiles
    func keys(_ images: [Image]) -> Set<Key> { Set(images.map { Key($0, byFiles: byFiles) }) }
    let trained = keys(images(of: ["train"])).subtracting(keys(images(of: part == "train" ? [] : [part])))
      .union(keys(images(of: [Self.earlierPart])))
    return trained.isEmpty
      ? 0 : other.images(of: [part]).count { trained.contains(Key($0, byFiles: byFiles)) }
  }

  /// Returns the places of the images of a part of some data that this record held out.
  ///
  /// They are known by their files' bytes; of copies that the record trained on as well, by their names too. In older
  /// runs they are known by name and content.
  public func places(ofHeldOutIn other: DataRecord, part: String) -> [Int] {
    let held = images(of: ["validation"])
    let files = Set(held.compactMap(\.file))
    let trained = Set(images(of: ["train", Self.earlierPart]).compactMap(\.file))
    let named = Dictionary(held.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let now = other.images(of: [part])
    // A test image with the bytes of one in the other parts is a copy, and counted there.
    let there = part == "test" ? Set(other.images(of: ["train", "validation"]).compactMap(\.file)) : []
    return now.indices.filter { index in
      let image = now[index]
      if let file = image.file, !files.isEmpty {
        return files.contains(file) && !there.contains(file)
          && (!trained.contains(file) || named[image.name]?.file == file)
      }
      return named[image.name].map { $0.content == image.content } ?? false
    }
  }

  /// Returns the record with the training images of an earlier one that are none any more.
  public func rememberingTraining(of before: DataRecord) -> DataRecord {
    let byFiles = before.hasFiles
    let known = Set(images(of: ["train"]).map { Key($0, byFiles: byFiles) })
    let gone = before.images(of: ["train", Self.earlierPart]).filter { !known.contains(Key($0, byFiles: byFiles)) }
    return adding(earlier: gone)
  }

  /// Returns the record with the images of the run whose weights a run begins with: digests alone, since names are of
  /// other data.
  public func inheritingTraining(of ancestor: DataRecord) -> DataRecord {
    let known = Set(images(of: ["train"]).compactMap(\.file))
    let digests = Set(ancestor.images(of: ["train", Self.earlierPart]).compactMap(\.file)).subtracting(known)
    return adding(earlier: digests.sorted().map { Image(name: "", label: "", content: 0, file: $0) })
  }

  /// The record without what was trained on before.
  public var withoutEarlier: DataRecord {
    DataRecord(classNames: classNames, parts: parts.filter { $0.name != Self.earlierPart })
  }

  private func adding(earlier images: [Image]) -> DataRecord {
    guard !images.isEmpty else { return self }
    var all = self
    let before = all.images(of: [Self.earlierPart])
    all.parts.removeAll { $0.name == Self.earlierPart }
    let known = Set(before)
    all.parts.append(
      Part(name: Self.earlierPart, contents: .listed(before + images.filter { !known.contains($0) })))
    return all
  }
}

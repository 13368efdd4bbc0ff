import Boxes

/// What the images of a data set are called in a new folder: names that stay below it, no two of them the
/// same, nor the names of two annotation files.
struct NewNames {
  /// How a format finds an image's annotation, and images and annotations one another.
  enum Rule {
    /// By the image's own name.
    case byName
    /// By its name without the extension, which is the annotation's too.
    case byStem
  }

  /// The names, by split and image.
  private(set) var names: [[String]] = []
  /// The images that could not keep their names: the old one and the new.
  private(set) var renamed: [(from: String, to: String)] = []

  /// Names the images of all splits.
  ///
  /// - Parameters:
  ///   - isShared: whether all splits have one folder of images, in which an image has one name.
  ///   - rule: what must not be the same.
  /// - Throws: `AnnotationError.notWritable` for a name that leads out of the folder, or that readers of
  ///   the format would not find.
  init(_ splits: [DetectionSplit], isShared: Bool, _ rule: Rule) throws {
    var space = Space(rule: rule)
    for split in splits {
      if !isShared { space = Space(rule: rule) }
      names.append(
        try split.images.map { image in
          if let known = space.names[image.pathBytes] { return known }
          let old = try Self.checked(image.name, rule)
          let new = space.take(old, for: image.pathBytes)
          if new != old { renamed.append((old, new)) }
          return new
        })
    }
  }

  /// A name, written with slashes.
  private static func checked(_ name: String, _ rule: Rule) throws -> String {
    func refuse(_ reason: String) -> AnnotationError { .notWritable(file: name, reason: reason) }
    let path: RelativePath
    do { path = try RelativePath(name) } catch {
      throw refuse("its name leads out of the new folder; rename the image")
    }
    if path.parts.contains(where: { $0.hasPrefix(".") }) {
      throw refuse("a name that begins with a dot is hidden from readers; rename the image")
    }
    if name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
      throw refuse("its name has a line break or another control character; rename the image")
    }
    if rule == .byStem, !FolderListing.isImage(name) {
      throw refuse(
        "its name has no image extension, which readers of the format need; rename the image"
      )
    }
    return path.description
  }

  /// Names that are taken.
  private struct Space {
    let rule: Rule
    /// The images' names, by the files that they come from.
    private(set) var names: [[UInt8]: String] = [:]
    private var keys: Set<String> = []
    private var files: Set<String> = []
    private var folders: Set<String> = []

    init(rule: Rule) { self.rule = rule }

    private func key(_ name: String) -> String { rule == .byStem ? stem(name) : name }

    /// Takes a name, or the next one like it that is free.
    mutating func take(_ name: String, for path: [UInt8]) -> String {
      // Where one of its folders is a file, no other name in that folder is free either.
      let base = hasFileAmongFolders(name) ? name.replacing("/", with: "_") : name
      var new = base
      var number = 2
      while !isFree(new) {
        let ending = fileExtension(base).isEmpty ? "" : String(base.dropFirst(stem(base).count))
        new = "\(stem(base))-\(number)\(ending)"
        number += 1
      }
      names[path] = new
      keys.insert(key(new))
      files.insert(new)
      var folder = folderPart(new)
      while !folder.isEmpty {
        folders.insert(folder)
        folder = folderPart(folder)
      }
      return new
    }

    /// Whether no image has a name, and neither a file stands where it needs a folder nor the reverse.
    private func isFree(_ name: String) -> Bool {
      !keys.contains(key(name)) && !folders.contains(name) && !hasFileAmongFolders(name)
    }

    private func hasFileAmongFolders(_ name: String) -> Bool {
      var folder = folderPart(name)
      while !folder.isEmpty {
        if files.contains(folder) { return true }
        folder = folderPart(folder)
      }
      return false
    }
  }
}

extension DetectionData {
  /// Checks that a split's name can be a folder's and a list's.
  ///
  /// - Parameter taken: names that mean something else in the format.
  /// - Throws: `AnnotationError.notWritable`.
  func checkSplitNames(taken: Set<String> = []) throws {
    var seen: Set<String> = []
    for split in splits {
      let isOne = (try? RelativePath(split.name))?.parts == [split.name]
      let isPlain = !split.name.unicodeScalars.contains {
        $0.properties.generalCategory == .control
      }
      guard isOne, isPlain, !split.name.hasPrefix("."), !taken.contains(split.name),
        seen.insert(split.name).inserted
      else {
        throw AnnotationError.notWritable(
          file: split.name,
          reason: "a split cannot have this name here; rename the split's list or folder")
      }
    }
  }

  /// Checks that an image that is in several splits has the same boxes in each: formats with a file of
  /// annotations for each image have room for one.
  ///
  /// - Throws: `AnnotationError.notWritable`.
  func checkBoxesAgree() throws {
    var seen: [[UInt8]: [AnnotatedBox]] = [:]
    for split in splits {
      for image in split.images {
        guard let other = seen.updateValue(image.boxes, forKey: image.pathBytes) else { continue }
        guard other == image.boxes else {
          throw AnnotationError.notWritable(
            file: image.path,
            reason:
              "it has other boxes in \(split.name) than in another split, and the format has one "
              + "file of boxes per image")
        }
      }
    }
  }
}

extension AnnotatedImage {
  /// The path byte for byte: to Swift, names in two Unicode forms are one.
  var pathBytes: [UInt8] { Array(path.utf8) }
}

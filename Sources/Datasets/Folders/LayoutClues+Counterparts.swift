import Numbers

/// Two folders whose images have the same names: images and their masks, or another picture of each.
extension LayoutClues {
  /// How many images two folders must share before they are no classes.
  private static let minimumShared = 5

  /// Two folders of which nearly all images have the same names.
  struct Counterparts {
    /// The folders' names.
    let folders: [String]
    /// The names that are in both, without extension, in small letters.
    let shared: Set<String>
    /// The images of the folder that has more.
    let count: Int
    /// One of the names, as it is written.
    let example: String
    /// Whether the names of one folder have a mask's ending.
    let isNamedMask: Bool
  }

  /// Finds two folders of which nearly all images have the same names, without or with a mask's ending.
  ///
  /// Images that are merely numbered are usual in folders of classes, and say nothing.
  ///
  /// - Parameter classes: the folders of classes in this folder.
  func counterparts(in classes: [String]) -> Counterparts? {
    guard classes.count == 2 else { return nil }
    let names = classes.map { FolderListing(listing.path(of: $0)).images.map(stem) }
    let plain = names.map { Set($0.map { $0.lowercased() }) }
    let bare = names.map { names in
      Set(names.map { (MaskNames.image(ofMask: $0) ?? $0).lowercased() })
    }
    func nearlyEqual(_ one: Set<String>, _ other: Set<String>) -> Set<String>? {
      let shared = one.intersection(other)
      return shared.count >= Self.minimumShared
        && shared.count * 10 >= max(one.count, other.count) * 9
        ? shared : nil
    }
    let ended =
      [(bare[0], plain[1]), (plain[0], bare[1])].lazy
      .filter { $0 != (plain[0], plain[1]) }.compactMap { nearlyEqual($0, $1) }.first
    let same = nearlyEqual(plain[0], plain[1]).flatMap { Self.areMerelyNumbered($0) ? nil : $0 }
    guard let shared = ended ?? same else { return nil }
    return Counterparts(
      folders: classes, shared: shared, count: max(plain[0].count, plain[1].count),
      example: (names[0] + names[1]).filter { shared.contains($0.lowercased()) }.min() ?? "",
      isNamedMask: ended != nil)
  }

  /// Refuses two folders of which one has the other's masks: by the endings of the names, or, where these are the
  /// same, because its images look like masks and the other's do not.
  ///
  /// Equal names alone are no reason: a camera, or a tool that exports classes, gives them too.
  ///
  /// - Parameter classes: the folders of classes in this folder.
  /// - Throws: `LayoutError.counterparts`, with the layout in which masks are read.
  func refuseCounterparts(in classes: [String]) throws {
    guard let found = counterparts(in: classes),
      found.isNamedMask || areImagesAndMasks(found)
    else { return }
    throw LayoutError.counterparts(
      folder: listing.path, names: found.folders, shared: found.shared.count,
      of: found.count, example: found.example)
  }

  /// What a reader should know of two folders of classes whose images have the same names.
  func noteOfCounterparts(in classes: [String]) -> String? {
    counterparts(in: classes).map { found in
      "note: \(found.shared.count) of \(found.count) images have the same names in "
        + "\(found.folders.map { $0 + "/" }.joined(separator: " and ")), such as \(found.example): where they are two "
        + "pictures of the same, --folds with --fold-groups keeps both in one fold"
    }
  }

  /// The images of each folder that are looked at.
  private static let samples = 5
  /// The colors that a mask has at most, and those that an image has at least.
  private static let (mostColorsOfMask, fewestColors) = (32, 128)
  /// An image of more pixels is not read.
  private static let mostPixels = 1 << 25

  /// Whether a few images of one folder have so few colors as masks have, and those of the same names in the other one
  /// many.
  private func areImagesAndMasks(_ found: Counterparts) -> Bool {
    let names = Set(found.shared.sorted().prefix(Self.samples))
    let colors = found.folders.map { folder in
      let own = FolderListing(listing.path(of: folder))
      return own.images.filter { names.contains(stem($0).lowercased()) }.prefix(2 * Self.samples)
        .compactMap { Self.colors(of: own.path(of: $0)) }
    }
    func areMasks(_ some: [Int]) -> Bool {
      !some.isEmpty && some.allSatisfy { $0 <= Self.mostColorsOfMask }
    }
    func areImages(_ some: [Int]) -> Bool {
      !some.isEmpty && some.allSatisfy { $0 >= Self.fewestColors }
    }
    return areMasks(colors[0]) && areImages(colors[1]) || areImages(colors[0]) && areMasks(colors[1])
  }

  /// How many colors an image has, of which no more are counted than matter; nil where it cannot be read.
  private static func colors(of file: String) -> Int? {
    guard let image = try? ColorImage(file: file, maximumPixels: mostPixels) else { return nil }
    var colors: Set<Int> = []
    for start in stride(from: 0, to: image.pixels.count, by: 3) where colors.count < fewestColors {
      colors.insert(
        Int(image.pixels[start]) << 16 | Int(image.pixels[start + 1]) << 8
          | Int(image.pixels[start + 2]))
    }
    return colors.count
  }

  /// Whether names are one name with running numbers in it: `0`, `1`, `2` or `image_0001`, `image_0002`.
  ///
  /// Numbers with gaps are none: two folders hardly have the same gaps by chance.
  private static func areMerelyNumbered(_ names: Set<String>) -> Bool {
    var forms: Set<[Substring]> = []
    var numbers: [Int] = []
    for name in names {
      forms.insert(name.split(omittingEmptySubsequences: true, whereSeparator: \.isNumber))
      let digits = name.split(whereSeparator: { !$0.isNumber }).last ?? ""
      guard let number = Int(digits) else { return false }
      numbers.append(number)
    }
    guard forms.count == 1, let low = numbers.min(), let high = numbers.max() else { return false }
    func divisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : divisor(b, a % b) }
    let step = max(1, numbers.reduce(0) { divisor($0, $1 - low) })
    let (range, overflow) = high.subtractingReportingOverflow(low)
    return !overflow && Double(numbers.count) >= 0.9 * Double(range / step + 1)
  }

  /// Refuses folders of two domains, `trainA` beside `trainB`, as sets for translating images have them.
  ///
  /// - Throws: `LayoutError.domains`.
  func refuseDomains(in folders: [String]) throws {
    let found = folders.filter { name in
      ["A", "B"].contains(name.suffix(1)) && SplitName(String(name.dropLast())) != nil
    }
    guard
      ["A", "B"].allSatisfy({ end in
        found.contains { $0.hasSuffix(end) && SplitName(String($0.dropLast())) == .train }
      })
    else { return }
    throw LayoutError.domains(folder: listing.path, names: found)
  }
}

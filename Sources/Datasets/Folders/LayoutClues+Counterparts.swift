import Numbers

/// Two folders whose images have the same names: images and their masks, or another picture of each.
extension LayoutClues {
  /// How many images two folders must share before they are no classes.
  private static let minimumShared = 5

  /// Refuses two folders of which nearly all images have the same names, without or with a mask's ending.
  ///
  /// Images that are merely numbered are usual in folders of classes, and say nothing.
  ///
  /// - Parameter classes: the folders of classes in this folder.
  /// - Throws: `LayoutError.counterparts`, with the layout in which masks are read.
  func refuseCounterparts(in classes: [String]) throws {
    guard classes.count == 2 else { return }
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
    guard
      let shared = ended
        ?? nearlyEqual(plain[0], plain[1]).flatMap({
          Self.areMerelyNumbered($0) ? nil : $0
        })
    else { return }
    throw LayoutError.counterparts(
      folder: listing.path, names: classes, shared: shared.count,
      of: max(plain[0].count, plain[1].count), example: shared.min() ?? "")
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

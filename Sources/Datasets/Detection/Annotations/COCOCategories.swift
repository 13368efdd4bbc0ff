/// The classes of COCO's annotation files that belong together.
///
/// Left out are a category without boxes that is there only as the others' super-category, as Roboflow
/// writes one, and a category without boxes whose name another one has.
struct COCOCategories {
  /// The categories that are classes, by rising number.
  private(set) var kept: [COCOAnnotations.Category] = []
  /// What was left out, a sentence each.
  private(set) var notes: [String] = []

  /// Joins the categories of all files.
  ///
  /// - Throws: `AnnotationError.categoriesDiffer` where a number has two names, `.duplicate` where a name
  ///   has two numbers with boxes.
  init(_ files: [COCOAnnotations]) throws {
    var byNumber: [Int: COCOAnnotations.Category] = [:]
    for file in files {
      for category in file.categories {
        if let other = byNumber.updateValue(category, forKey: category.id),
          other.name != category.name
        {
          throw AnnotationError.categoriesDiffer(file: file.file, other: files[0].file)
        }
      }
    }
    let used = Set(files.lazy.flatMap(\.annotations).map(\.category))
    var all = byNumber.values.sorted { $0.id < $1.id }
    if let parent = Self.unusedSuperCategory(all, used) {
      all.removeAll { $0.id == parent.id }
      notes.append(
        "category \(parent.id) '\(parent.name)' is only the others' super-category and has no box; it "
          + "is left out")
    }
    var byName: [String: COCOAnnotations.Category] = [:]
    for category in all.filter({ used.contains($0.id) }) + all.filter({ !used.contains($0.id) }) {
      guard let other = byName[category.name] else {
        byName[category.name] = category
        kept.append(category)
        continue
      }
      guard !used.contains(category.id) else {
        let file = files.first { $0.categories.contains(category) } ?? files[0]
        throw AnnotationError.categoriesDiffer(file: file.file, other: files[0].file)
      }
      notes.append(
        "category \(category.id) '\(category.name)' has the name of category \(other.id) and no box; "
          + "it is left out")
    }
    kept.sort { $0.id < $1.id }
    for category in kept {
      let file = files.first { $0.categories.contains(category) } ?? files[0]
      try ClassNames.check([category.name], in: file.file)
    }
  }

  /// The category that only stands above all others and has no box, as Roboflow writes one.
  private static func unusedSuperCategory(
    _ all: [COCOAnnotations.Category], _ used: Set<Int>
  ) -> COCOAnnotations.Category? {
    all.first { parent in
      let others = all.filter { $0.id != parent.id }
      return !used.contains(parent.id) && !others.isEmpty
        && (parent.superCategory == nil || parent.superCategory == "none"
          || parent.superCategory == parent.name)
        && others.allSatisfy { $0.superCategory == parent.name }
    }
  }
}

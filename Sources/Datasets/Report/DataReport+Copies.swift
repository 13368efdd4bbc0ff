import Numbers

extension DataReport {
  /// Checks for images that are there more than once: across the splits, under two classes, within a split; the
  /// same bytes, and images that look the same.
  static func copies(_ context: Context) -> [Finding] {
    let exact = exactCopies(context.seen)
    // Of images with the same bytes one stands for all.
    let repeated = Set(exact.flatMap { $0.dropFirst() })
    let near = NearCopies.groups(
      context.seen.indices.map { repeated.contains($0) ? nil : context.seen[$0].hash }
    ) { context.seen[$0].isAlike(context.seen[$1]) }
    let standIns = Dictionary(
      exact.map { ($0[0], $0) }, uniquingKeysWith: { first, _ in first })
    let nearWithCopies = near.map { $0.flatMap { standIns[$0] ?? [$0] }.sorted() }
    return find(exact, "copies", "the same image", context)
      + find(nearWithCopies, "near_copies", "nearly the same image", context)
  }

  /// Groups of images with the same bytes.
  private static func exactCopies(_ seen: [SurveyedImage]) -> [[Int]] {
    let known = seen.indices.filter { seen[$0].bytes > 0 }
    return Dictionary(grouping: known) { [seen[$0].digest, UInt64(seen[$0].bytes)] }.values
      .filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
  }

  private static func find(
    _ groups: [[Int]], _ check: String, _ what: String, _ context: Context
  ) -> [Finding] {
    func splits(_ group: [Int]) -> Set<Int> { Set(group.map { context.images[$0].split }) }
    func labels(_ group: [Int]) -> Set<Int?> { Set(group.map { context.images[$0].image.label }) }
    /// The images beside the first of each group: so many are one too many.
    func finding(
      _ suffix: String, _ title: String, _ advice: String, _ groups: [[Int]],
      showing shown: ([Int]) -> [Int]
    ) -> Finding {
      Finding(
        check: "\(check)_\(suffix)", title: title,
        count: groups.reduce(0) { $0 + shown($1).count - 1 }, advice: advice,
        examples: groups.prefix(maximumExamples).map { group in
          let own = shown(group)
          return Example(
            images: own.prefix(maximumImages).map { context.named($0) },
            text: own.count > maximumImages ? "and \(own.count - maximumImages) more" : "")
        })
    }
    let across = groups.filter { splits($0).count > 1 }
    let within = groups.filter { splits($0).count < $0.count }
    let relabeled = groups.filter { labels($0).count > 1 }
    let isClassified = context.source.labels == .classes
    return [
      finding(
        "across_splits", "\(what) in several splits",
        "metrics on images that are also trained on are too good: remove them from one split",
        across,
        // An image of the first split, and all that are in others.
        showing: { group in
          let first = splits(group).min()
          return group.filter { context.images[$0].split == first }.prefix(1)
            + group.filter { context.images[$0].split != first }
        })
    ]
      + (isClassified
        ? [
          finding(
            "under_two_classes", "\(what) under several classes",
            "keep each under the right class alone", relabeled,
            showing: { group in
              labels(group).sorted { ($0 ?? 0) < ($1 ?? 0) }.compactMap { label in
                group.first { context.images[$0].image.label == label }
              }
            })
        ] : [])
      + [
        finding(
          "within_splits", "\(what) several times in one split",
          "each counts as often as it is there; if images come from videos or series, keep each series "
            + "in one split",
          within.flatMap { group in
            splits(group).sorted().map { split in group.filter { context.images[$0].split == split }
            }
            .filter { $0.count > 1 }
          }, showing: { $0 })
      ]
  }
}

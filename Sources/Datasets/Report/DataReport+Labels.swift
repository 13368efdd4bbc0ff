import Formatting
import Numbers

extension DataReport {
  /// A class with fewer training images is rare.
  static let fewImages = 5
  /// How many times as many images a class may have as another before it is reported.
  static let maximumImbalance = 3.0

  /// Checks how many images the classes have.
  static func labels(_ context: Context) -> [Finding] {
    let splits = context.splits
    // The background is on every mask.
    let own = context.classNames.indices.filter { context.source.labels != .masks || $0 > 0 }
    let trained = splits.first { $0.name == "training" }?.classes ?? []
    func count(_ label: Int) -> Int { trained[label].boxes ?? trained[label].images }
    let what = context.source.labels == .boxes ? "boxes" : "images"
    func finding(
      _ check: String, _ title: String, _ advice: String, _ labels: [Int],
      _ text: (Int) -> String
    ) -> Finding {
      Finding(
        check: check, title: title, count: labels.count, advice: advice,
        examples: labels.prefix(maximumExamples).map { label in
          let position = context.images.indices.first { context.classes($0).contains(label) }
          var image =
            position.map { context.named($0) }
            ?? Image(split: "", name: "", label: context.classNames[label])
          image.label = context.classNames[label]
          return Example(images: [image], text: text(label))
        })
    }
    let rare = own.filter { count($0) < fewImages }.sorted { (count($0), $0) < (count($1), $1) }
    let largest = own.map(count).max() ?? 0
    let behind = own.filter { Double(count($0)) * maximumImbalance < Double(largest) }
      .sorted { (count($0), $0) < (count($1), $1) }
    let untested = splits.filter { $0.name != "training" }.flatMap { split in
      own.filter { split.classes[$0].images == 0 }.map { (split.name, $0) }
    }
    return [
      finding(
        "rare_classes", "classes with fewer than \(fewImages) training \(what)",
        "add images, or leave the class out: its metrics mean little", rare
      ) { "\(context.classNames[$0]): \(count($0)) training \(what)" },
      finding(
        "imbalance", "classes with less than a third of the largest class's training \(what)",
        context.source.labels == .classes
          ? "watch balanced_accuracy beside accuracy" : "watch each class's own metrics", behind
      ) { "\(context.classNames[$0]): \(count($0)) of at most \(largest) training \(what)" },
      Finding(
        check: "absent_classes", title: "classes that a split has no image of",
        count: untested.count, advice: "there are no metrics of them there",
        examples: untested.prefix(maximumExamples).map { split, label in
          Example(
            images: [], text: "\(context.classNames[label]) is not among the \(split) images")
        }),
    ]
  }
}

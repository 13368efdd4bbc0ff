import Yams

/// Whether a folder describes a YOLO data set, and in which file.
extension YOLODescription {
  /// The file that names the classes: a description in YAML, or a list of names with labels about it.
  static func file(in scan: AnnotationScan) -> String? {
    let yaml = scan.files("yaml") + scan.files("yml")
    for name in ["data.yaml", "data.yml", "dataset.yaml"] where yaml.contains(name) {
      return joined(scan.root, name)
    }
    if let other = yaml.first(where: { !$0.contains("/") && isDescription(joined(scan.root, $0)) }) {
      return joined(scan.root, other)
    }
    let names = scan.files("txt") + scan.files("names") + scan.files("labels")
    let lists = ["classes.txt", "obj.names", "classes.names", "_darknet.labels", "labels.txt"]
    for list in lists {
      // Beside the images and labels, or in a folder of one of them.
      let found = names.filter { lastPart($0).lowercased() == list }
        .min { ($0.split(separator: "/").count, $0) < ($1.split(separator: "/").count, $1) }
      guard let found else { continue }
      // Other data sets have a list of classes too: without labels it says nothing.
      let labels = scan.files("txt").lazy
        .filter { lastPart($0).lowercased() != list && fileSize(joined(scan.root, $0)) > 0 }.prefix(60)
      if labels.contains(where: { AnnotationScan.isYOLO(joined(scan.root, $0)) }) {
        return joined(scan.root, found)
      }
    }
    return nil
  }

  private static func isDescription(_ file: String) -> Bool {
    guard let text = try? readText(file), let root = try? Yams.compose(yaml: text) else {
      return false
    }
    return root["names"] != nil && (root["train"] != nil || root["val"] != nil)
  }
}

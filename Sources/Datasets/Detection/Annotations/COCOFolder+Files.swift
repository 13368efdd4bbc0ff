import Foundation

extension COCOFolder {
  /// The annotation files that a path stands for.
  ///
  /// They are recognized by what is in them. `annotations/instances_NAME.json` has its images in `NAME`,
  /// `images/NAME`, `images` or the folder itself; `NAME/_annotations.coco.json` (Roboflow's) has them
  /// beside it. Beside files that are called `instances_`, others (captions, key points) are left out. A
  /// file that is one of them by its name is read in any case, so that an empty one is refused.
  static func files(in path: String) -> [Source] {
    if fileExtension(at: path) == "json" { return [single(path)] }
    let scan = AnnotationScan(path)
    let all = scan.files("json")
    let good = Set(all.filter { AnnotationScan.isCOCO(joined(path, $0)) })
    var found = all.filter { good.contains($0) || isPart($0, beside: good) }
    let instances = found.filter { lastPart($0).hasPrefix("instances_") }
    if !instances.isEmpty { found = instances }
    var names = found.map { splitName(of: $0) }
    if found.count == 1, !instances.contains(found[0]), SplitUse(names[0]) == nil {
      names[0] = "all"
    }
    for (position, name) in names.enumerated() where names.firstIndex(of: name) != position {
      names[position] = stem(found[position]).replacing("/", with: "_")
    }
    let listing = FolderListing(path)
    let images = FolderNames.images.flatMap { name in
      listing.folders.filter { $0.lowercased() == name }.map { joined(path, $0) }
    }
    return zip(names, found).map { split, file in
      let own = joined(path, folderPart(file))
      let parts = ([split] + listing.folders.filter { $0.lowercased() == split.lowercased() })
        .map { joined(path, $0) }
      let folders =
        parts + images + images.map { joined($0, split) } + [own] + inImages(own)
        + parts.flatMap(inImages) + [path]
      return Source(
        split: split, file: joined(path, file), imageFolders: unique(folders), root: path)
    }
  }

  /// Whether a file belongs to annotation files by its name, though it is not like them: it may be empty or
  /// cut short, and is refused where it is read.
  private static func isPart(_ file: String, beside good: Set<String>) -> Bool {
    let name = lastPart(file)
    guard
      good.contains(where: { folderPart($0) == folderPart(file) || lastPart($0) == name })
    else { return false }
    if name.hasPrefix("instances_") || good.contains(where: { lastPart($0) == name }) {
      return true
    }
    let words = Set(name.lowercased().split { !$0.isLetter }.map(String.init))
    return words.isDisjoint(with: others) && SplitUse.isFolder(splitName(of: file))
  }

  /// Words in the names of files that lie beside annotations and are none.
  private static let others: Set<String> = [
    "result", "results", "pred", "preds", "prediction", "predictions", "detection", "detections",
    "captions", "caption", "keypoints", "panoptic", "stuff", "metrics", "config", "info",
  ]

  private static func single(_ file: String) -> Source {
    let folder = URL(fileURLWithPath: file).deletingLastPathComponent().path
    guard FolderNames.annotations.contains(lastPart(folder).lowercased()) else {
      return Source(
        split: "all", file: file, imageFolders: [folder] + inImages(folder), root: folder)
    }
    // The images of annotations/NAME.json lie beside that folder, as they do where it is not named.
    let above = folderPart(folder)
    let split = splitName(of: "annotations/" + lastPart(file))
    let images = inImages(above)
    return Source(
      split: "all", file: file,
      imageFolders: unique(
        [joined(above, split)] + images + images.map { joined($0, split) } + [folder]
          + inImages(folder) + [above]), root: above)
  }

  private static func inImages(_ folder: String) -> [String] {
    let there = FolderListing(folder).folders
    let found = FolderNames.images.flatMap { name in there.filter { $0.lowercased() == name } }
    return (found.isEmpty ? ["images"] : found).map { joined(folder, $0) }
  }

  private static func unique(_ folders: [String]) -> [String] {
    var seen: Set<String> = []
    return folders.filter { seen.insert($0).inserted }
  }

  /// Words in a file's name that say what it is, and not which split it is of.
  private static let plain: Set<String> = [
    "annotations", "annotation", "instances", "instance", "coco", "labels", "label", "result",
    "results", "bbox", "boxes", "gt", "json", "createml", "",
  ]

  /// Which split a file is of: by its name, else by the folder that it lies in.
  static func splitName(of file: String) -> String {
    let name = stem(lastPart(file))
    if name.hasPrefix("instances_") { return String(name.dropFirst("instances_".count)) }
    let words = name.split { "_-. ".contains($0) }.map(String.init)
      .filter { !plain.contains($0.lowercased()) }
    if !words.isEmpty { return words.joined(separator: "_") }
    let folder = folderPart(file)
    let parts = folder.split(separator: "/").map(String.init)
    return parts.last { SplitUse.isFolder($0) }
      ?? parts.last { !FolderNames.annotations.contains($0.lowercased()) } ?? "all"
  }
}

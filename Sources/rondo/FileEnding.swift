import ArgumentParser
import Foundation

/// Endings of files' names that say what is in them.
enum FileEnding {
  private static let tables = ["jsonl", "ndjson", "tsv", "parquet", "xls", "xlsx", "ods"]
  private static let images = [
    "png", "jpg", "jpeg", "webp", "tif", "tiff", "bmp", "gif", "svg", "heic", "avif",
  ]
  private static let others = [
    "html", "pdf", "md", "yaml", "yml", "tar", "gz", "tgz", "zip", "onnx", "pt", "pth",
    "safetensors", "npy", "npz",
  ]
  private static let texts = ["csv", "json", "txt", "xml"]

  /// Returns the ending of a file that no table of predictions is, such as a picture's; nil of other names.
  static func ofNoPredictions(_ path: String) -> String? {
    let ending = ending(path)
    return (tables + images + others).contains(ending) ? ending : nil
  }

  /// Refuses a name that ends as a file's for a new folder; a slash behind it says that one is meant.
  ///
  /// - Throws: `ValidationError`.
  static func check(folder path: String, _ option: String, for content: String) throws {
    var isFolder: ObjCBool = false
    let isThere = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    guard !path.hasSuffix("/"), !(isThere && isFolder.boolValue),
      (tables + images + others + texts).contains(ending(path))
    else { return }
    throw ValidationError(
      "\(option) is \(path), the name of a .\(ending(path)) file, but \(content) are written into a folder; name a "
        + "folder, or end the name with a slash.")
  }

  private static func ending(_ path: String) -> String {
    URL(fileURLWithPath: path).pathExtension.lowercased()
  }
}

import Datasets
import Foundation
import TestSupport

/// A folder for annotations, with images of 37 x 26 pixels.
final class BoxDirectory {
  private let folder = TemporaryDirectory()

  var path: String { folder.url.path }

  func path(_ name: String) -> String { path + "/" + name }

  func write(_ text: String, _ name: String) throws {
    try folder.write(text, name)
  }

  func image(_ name: String) throws {
    try write("", name)
    try Data(ImageFixture.bytes("gray.png") + Array(name.utf8)).write(
      to: URL(fileURLWithPath: path(name)))
  }

  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: path(name)) }

  /// Replaces words in a file.
  func change(_ old: String, _ new: String, in name: String) throws {
    let text = try String(contentsOfFile: path(name), encoding: .utf8)
    try write(text.replacingOccurrences(of: old, with: new), name)
  }

  /// What reading throws, in words.
  func sentence(
    _ format: AnnotationFormat, _ name: String = "",
    _ options: DetectionOptions = DetectionOptions()
  ) -> String {
    do {
      let data = try format.read(name.isEmpty ? path : path(name), options: options)
      return "nothing was thrown, but read: \(data)"
    } catch { return "\(error)" }
  }
}

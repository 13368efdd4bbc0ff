import Boxes
import Foundation
import Words

/// Writes a data set of annotated boxes in another form.
///
/// The new folder is whole or not there: it is written beside its place and renamed into it.
public struct DetectionConversion: Sendable {
  /// What becomes of the images.
  public enum Images: String, Sendable, Hashable, CaseIterable {
    /// Symbolic links to where they are.
    case link
    /// Copies.
    case copy
    /// Nothing; annotations alone are written.
    case none
  }

  /// What was written, and what the form has no words for.
  public struct Account: Sendable, Hashable {
    /// Images written, each once.
    public internal(set) var images = 0
    /// Boxes written, those of an image in several splits once.
    public internal(set) var boxes = 0
    /// Boxes of crowds, which YOLO's form cannot tell from others: not written.
    public internal(set) var crowdsLeftOut = 0
    /// Boxes that YOLO's form cannot say are difficult: written as others.
    public internal(set) var difficultForgotten = 0
    /// Boxes that reach beyond their image, which YOLO's form does not allow: cut off.
    public internal(set) var cutOff = 0
  }

  private let data: DetectionData
  private let form: DetectionForm
  private let images: Images

  /// Creates a conversion of data into a form.
  public init(of data: DetectionData, to form: DetectionForm, images: Images = .link) {
    self.data = data
    self.form = form
    self.images = images
  }

  /// Writes the new folder.
  ///
  /// - Throws: `AnnotationError.taken` for a folder that is there, `notWritable` for what cannot be
  ///   written; nothing is left behind.
  public func write(to path: String) throws -> Account {
    let files = FileManager.default
    guard !files.fileExists(atPath: path) else { throw AnnotationError.taken(path: path) }
    let aside = path + ".partial"
    do {
      try? files.removeItem(atPath: aside)
      try files.createDirectory(atPath: aside, withIntermediateDirectories: true)
      let writer = FormWriter(folder: aside, images: images)
      let account =
        switch form {
        case .voc: try VOCWriter(data).write(writer)
        case .coco: try COCOWriter(data).write(writer)
        case .yolo: try YOLOWriter(data).write(writer)
        }
      try files.moveItem(atPath: aside, toPath: path)
      return account
    } catch {
      try? files.removeItem(atPath: aside)
      if let error = error as? AnnotationError { throw error }
      throw AnnotationError.notWritable(
        file: path, reason: systemReason(of: error))
    }
  }
}

/// Puts files and images into the new folder.
struct FormWriter {
  let folder: String
  let images: DetectionConversion.Images

  func write(_ data: Data, _ name: String) throws {
    let file = URL(fileURLWithPath: folder + "/" + name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: file)
  }

  func write(_ text: String, _ name: String) throws { try write(Data(text.utf8), name) }

  /// Links or copies an image under a new name, once.
  ///
  /// - Parameter taken: the images that were placed already, by name.
  func place(
    _ image: AnnotatedImage, _ name: String, taken: inout [String: String]
  ) throws {
    if let other = taken.updateValue(image.path, forKey: name) {
      guard other == image.path else {
        throw AnnotationError.notWritable(
          file: name, reason: "\(image.path) and \(other) would both be written there")
      }
      return
    }
    guard images != .none else { return }
    let files = FileManager.default
    let file = URL(fileURLWithPath: folder + "/" + name)
    try files.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    let source = URL(fileURLWithPath: image.path).standardizedFileURL
    switch images {
    case .link: try files.createSymbolicLink(at: file, withDestinationURL: source)
    case .copy: try files.copyItem(at: source.resolvingSymlinksInPath(), to: file)
    case .none: break
    }
  }
}

extension DetectionData {
  /// The images of all splits, each once, and how many boxes they have.
  func account() -> DetectionConversion.Account {
    var account = DetectionConversion.Account()
    var seen: Set<String> = []
    for image in splits.lazy.flatMap(\.images) where seen.insert(image.path).inserted {
      account.images += 1
      account.boxes += image.boxes.count
    }
    return account
  }

  /// Whether an image is in several splits; then all images are put into one folder.
  var sharesImages: Bool {
    account().images < splits.reduce(0) { $0 + $1.images.count }
  }
}

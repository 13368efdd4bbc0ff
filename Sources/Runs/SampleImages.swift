import Foundation
import Numbers

/// Some of a run's training images, as the network sees them: changed by the run's augmentation.
public struct SampleImages: Sendable, Hashable, Codable {
  /// A training image as the network sees it.
  public struct Image: Sendable, Hashable, Codable {
    /// What it is, and by which share where it is mixed of two.
    public var caption: String
    /// The image as a PNG file.
    public var png: Data

    /// Creates an image.
    public init(caption: String, png: Data) {
      self.caption = caption
      self.png = png
    }

    /// Reads an image, also of an older file.
    public init(from decoder: any Decoder) throws {
      caption = try decoder.value("caption", older: "words")
      png = try decoder.container(keyedBy: CodingKeys.self).decode(Data.self, forKey: .png)
    }
  }

  /// Width and height of each, in pixels.
  public var size: [Int]
  /// The images, in the order in which the run reads them.
  public var images: [Image]
  /// What was done to them; nil where the run's settings say it.
  public var changes: [String]?

  /// Creates samples.
  public init(width: Int, height: Int, images: [Image], changes: [String]? = nil) {
    size = [width, height]
    self.changes = changes
    self.images = images
  }

  /// Reads the samples of a run; nil if it has none.
  ///
  /// - Throws: `RunError` for a file that is damaged.
  public static func read(from folder: RunFolder) throws -> SampleImages? {
    try RecordFile.read(
      folder.samples, remedy: "remove it, and the report is made without it"
    ) { $0.size.count == 2 }
  }

  /// Writes `samples.json`.
  public func write(to folder: RunFolder) throws {
    try RecordFile.write(self, to: folder.samples)
  }
}

import Foundation
import Numbers

/// What a data set holds, and what stands out in it: the facts of `rondo data report`.
public struct DataReport: Sendable, Hashable, Codable {
  /// The images of a class in a split.
  public struct ClassCount: Sendable, Hashable, Codable {
    /// The name of the class.
    public var name: String
    /// Images of the class, or on which it is.
    public var images: Int
    /// Boxes of the class; nil where there are no boxes.
    public var boxes: Int?
    /// Pixels of the class; nil where there are no masks.
    public var pixels: Int?
  }

  /// A split of the data.
  public struct Split: Sendable, Hashable, Codable {
    /// `training`, `validation` or `test`.
    public var name: String
    /// The images in it.
    public var images: Int
    /// The classes, in the order of their numbers.
    public var classes: [ClassCount]
  }

  /// Images of one size.
  public struct Size: Sendable, Hashable, Codable {
    /// Pixels from left to right.
    public var width: Int
    /// Pixels from top to bottom.
    public var height: Int
    /// Images of this size.
    public var images: Int
  }

  /// An image that a finding names.
  public struct Image: Sendable, Hashable, Codable {
    /// The split that it is in.
    public var split: String
    /// Its file below the data's folder, or its number where it has none.
    public var name: String
    /// Its class; nil where it has boxes or a mask.
    public var label: String?
    /// The box that is meant: left, top, width and height in pixels.
    public var box: [Double]?
    /// A small picture of it, or of the box's surroundings, as a JPEG; in no file.
    public var picture: Picture?

    /// Names an image.
    public init(
      split: String, name: String, label: String? = nil, box: [Double]? = nil,
      picture: Picture? = nil
    ) {
      (self.split, self.name, self.label) = (split, name, label)
      (self.box, self.picture) = (box, picture)
    }

    enum CodingKeys: String, CodingKey {
      case split, name, box
      case label = "class"
    }
  }

  /// A small picture of an image or of a part of it.
  public struct Picture: Sendable, Hashable {
    /// A JPEG.
    public var jpeg: Data
    /// Which part of the image it shows: left, top, width and height in the image's pixels.
    public var region: [Double]

    /// Takes a JPEG.
    public init(jpeg: Data, region: [Double]) { (self.jpeg, self.region) = (jpeg, region) }
  }

  /// Images that a check found together: one, or those that are copies of each other.
  public struct Example: Sendable, Hashable, Codable {
    /// The images.
    public var images: [Image]
    /// What is to be said of them; empty where there is nothing to add.
    public var text: String

    enum CodingKeys: String, CodingKey {
      case text
      // A list of `images` would look like COCO's annotations, should the file lie in the data's folder.
      case images = "affected_images"
    }

    /// Creates an example.
    public init(images: [Image], text: String) { (self.images, self.text) = (images, text) }
  }

  /// What one check found.
  public struct Finding: Sendable, Hashable, Codable {
    /// The check's name, by which a program knows it: `copies_across_splits`.
    public var check: String
    /// What was looked for: `copies of images in other splits`.
    public var title: String
    /// The number of cases that the check found.
    public var count: Int
    /// What to do about it.
    public var advice: String
    /// The first of them.
    public var examples: [Example]
  }

  /// What the data set is called.
  public var data: String
  /// The task as whose data it was read: `classify`.
  public var task: String
  /// The layout that was recognized, for display.
  public var found: String
  /// The splits of the data.
  public var splits: [Split]
  /// Sizes of the images, the most frequent first.
  public var sizes: [Size]
  /// Images by the number of their channels: 1 of gray ones, 3 of all others.
  public var channels: [String: Int]
  /// What each check found, those that found nothing too.
  public var findings: [Finding]
  /// What `rondo train` says of the data.
  public var notes: [String]
  /// What became of every file below the data's folder.
  public var files: [FolderAccount.Entry]

  /// The findings that found something.
  public var raised: [Finding] { findings.filter { $0.count > 0 } }

  /// The most examples that a finding names, and the most images of an example.
  static let maximumExamples = 8
  static let maximumImages = 4
}

import Boxes
import Formatting
import Foundation
import Numbers

/// A model's detections on an image.
public struct FoundBoxes: Sendable, Hashable, Codable {
  /// The image's file, as it was named.
  public var file: String
  /// The image's number: its data set's, or its place among the files, from 1.
  public var number: Int
  /// The detections, in the image's own pixels.
  public var detections: [DetectedBox]
  /// How many of 16 bits are filled in a file of 16, as the model took it.
  public var filledBits: FilledBits

  /// Creates what was found.
  public init(
    file: String, number: Int, detections: [DetectedBox], filledBits: FilledBits = .all
  ) {
    self.file = file
    self.number = number
    self.detections = detections
    self.filledBits = filledBits
  }
}

/// How detections are written, image by image, so that nothing has to be kept.
///
///     try write(format.opening)
///     for found in all { try write(format.lines(of: found, classes, isFirst: isFirst)) }
///     try write(format.ending)
public enum PredictionFileFormat: String, Sendable, Hashable, CaseIterable {
  /// `file,class,score,x,y,width,height`: a line a detection, and none of an image without.
  case csv
  /// COCO's results format: an array of `image_id`, `category_id`, `bbox` and `score`; beside them
  /// `file_name` and `category`, which readers of the format pass over.
  case json

  /// The classes as they are written.
  public struct Classes: Sendable, Hashable {
    /// Their names, by label.
    public var names: [String]
    /// Their numbers, by label: the data's own, or from 1.
    public var numbers: [Int]

    /// Names the classes.
    public init(names: [String], numbers: [Int]? = nil) {
      self.names = names
      self.numbers = numbers ?? Array(names.indices).map { $0 + 1 }
    }
  }

  /// What comes before the first line.
  public var opening: String {
    switch self {
    case .csv: "file,class,score,x,y,width,height\n"
    case .json: "["
    }
  }

  /// What comes behind the last line.
  public var ending: String { self == .csv ? "" : "\n]\n" }

  /// The lines of an image, the surest detection first.
  ///
  /// - Parameter isFirst: whether no line is before them; images without detections have none.
  public func lines(of found: FoundBoxes, _ classes: Classes, isFirst: Bool) -> String {
    let sorted = found.detections.enumerated().sorted { a, b in
      a.element.score != b.element.score
        ? a.element.score > b.element.score : a.offset < b.offset
    }
    .map(\.element)
    switch self {
    case .csv:
      let file = quotedCell(TarMember.shown(found.file))
      return sorted.map { detection in
        let cells =
          [file, quotedCell(classes.names[detection.label]), Self.cell(detection.score)]
          + Self.numbers(detection.box).map(Self.cell)
        return cells.joined(separator: ",") + "\n"
      }
      .joined()
    case .json:
      let file = Self.text(TarMember.shown(found.file))
      return sorted.enumerated().map { position, detection in
        (isFirst && position == 0 ? "\n" : ",\n")
          + "{\"image_id\":\(found.number),\"category_id\":\(classes.numbers[detection.label]),"
          + "\"bbox\":[\(Self.numbers(detection.box).map(JSONText.number).joined(separator: ","))],"
          + "\"score\":\(JSONText.number(detection.score)),\"file_name\":\(file),"
          + "\"category\":\(Self.text(classes.names[detection.label]))}"
      }
      .joined()
    }
  }

  private static func numbers(_ box: Box) -> [Double] {
    [box.x, box.y, box.width, box.height]
  }

  /// Every digit of a number, and nothing of one that is not finite.
  private static func cell(_ number: Double) -> String {
    number.isFinite ? JSONText.number(number) : ""
  }

  private static func text(_ text: String) -> String { (try? JSONText.line(text)) ?? "\"\"" }
}

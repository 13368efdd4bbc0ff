import Boxes
import Numbers

/// One label file of YOLO's format: a line for each box, with class, center and size as shares of the image.
///
/// A line of a class and three points or more is an outline, of which the box around it is taken, as
/// Ultralytics does.
struct YOLOLabels {
  /// A line.
  struct Label {
    var line: Int
    /// The class's number, from 0.
    var number: Int
    var box: Box
  }

  private(set) var labels: [Label] = []

  /// Reads a file, with the size of its image in pixels.
  ///
  /// - Parameter keypointNumbers: numbers of keypoints behind each box, which are skipped.
  /// - Throws: `DataError.unreadable`; `AnnotationError` with the line and column.
  init(file: String, width: Int, height: Int, keypointNumbers: Int = 0) throws {
    for (index, line) in try readLines(file).enumerated() {
      var words = line.split(whereSeparator: \.isWhitespace)
      guard !words.isEmpty else { continue }
      if keypointNumbers > 0, words.count == 5 + keypointNumbers {
        words.removeLast(keypointNumbers)
      }
      let location = "line \(index + 1)"
      let isOutline =
        keypointNumbers == 0 && words.count >= 7 && words.count.isMultiple(of: 2) == false
      guard words.count == 5 || isOutline else {
        throw AnnotationError.wrongKind(
          file: file, field: location, found: "of \(words.count) numbers",
          wanted: "of \(5 + keypointNumbers): class, center x and y, width, height "
            + (keypointNumbers > 0 ? "and the keypoints" : "(or class and a polygon's points)"))
      }
      func refuse(_ column: Int, _ wanted: String) -> AnnotationError {
        .wrongKind(
          file: file, field: "\(location), column \(column + 1)", found: "'\(words[column])'",
          wanted: wanted)
      }
      guard let number = Self.classNumber(words[0]) else {
        throw refuse(0, "a class's number, from 0")
      }
      let shares = try (1..<words.count).map { column in
        guard let share = Double(words[column]), Self.shares.contains(share) else {
          throw refuse(column, "a share of the image, from 0 to 1")
        }
        return share
      }
      let (width, height) = (Double(width), Double(height))
      let box =
        isOutline
        ? Self.around(shares, width, height)
        : Box(
          x: (shares[0] - shares[2] / 2) * width, y: (shares[1] - shares[3] / 2) * height,
          width: shares[2] * width, height: shares[3] * height)
      labels.append(Label(line: index + 1, number: number, box: box))
    }
  }

  /// The shares that are read: those of boxes that reach a little over the edge are cut off as of all formats.
  static let shares = -0.01...1.01

  /// The number of a class, which NumPy writes with a point: `0.0`.
  static func classNumber(_ word: some StringProtocol) -> Int? {
    let number = Int(word) ?? Double(word).flatMap { Int(exactly: $0) }
    return number.flatMap { $0 >= 0 ? $0 : nil }
  }

  /// The box around an outline, whose points are x and y by turns, as of labels for segmentation.
  private static func around(_ shares: [Double], _ width: Double, _ height: Double) -> Box {
    let across = stride(from: 0, to: shares.count, by: 2).map { shares[$0] * width }
    let down = stride(from: 1, to: shares.count, by: 2).map { shares[$0] * height }
    return Box(
      minX: across.min() ?? 0, minY: down.min() ?? 0, maxX: across.max() ?? 0,
      maxY: down.max() ?? 0)
  }

  /// A box as a line, with every digit that it has.
  static func line(label: Int, _ box: Box, width: Int, height: Int) -> String {
    let (width, height) = (Double(width), Double(height))
    let numbers = [
      (box.x + box.width / 2) / width, (box.y + box.height / 2) / height, box.width / width,
      box.height / height,
    ]
    return "\(label) " + numbers.map(plain).joined(separator: " ")
  }
}

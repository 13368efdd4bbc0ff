import Boxes
import Numbers

/// One label file of YOLO's form: a line for each box, with class, centre and size as shares of the image.
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
  /// - Throws: `DataError.unreadable`; `AnnotationError` with the line and column.
  init(file: String, width: Int, height: Int) throws {
    for (index, line) in try readLines(file).enumerated() {
      let words = line.split(whereSeparator: \.isWhitespace)
      guard !words.isEmpty else { continue }
      let place = "line \(index + 1)"
      guard words.count == 5 else {
        throw AnnotationError.wrongKind(
          file: file, field: place, found: "of \(words.count) numbers",
          wanted: "of 5: class, centre x and y, width, height")
      }
      func refuse(_ column: Int, _ wanted: String) -> AnnotationError {
        .wrongKind(
          file: file, field: "\(place), column \(column + 1)", found: "'\(words[column])'",
          wanted: wanted)
      }
      guard let number = Int(words[0]), number >= 0 else {
        throw refuse(0, "a class's number, from 0")
      }
      let shares = try (1...4).map { column in
        // Six digits are usual, so that a sum may be a millionth too much.
        guard let share = Double(words[column]), (0...1.000001).contains(share) else {
          throw refuse(column, "a share of the image, from 0 to 1")
        }
        return share
      }
      let (width, height) = (Double(width), Double(height))
      labels.append(
        Label(
          line: index + 1, number: number,
          box: Box(
            x: (shares[0] - shares[2] / 2) * width, y: (shares[1] - shares[3] / 2) * height,
            width: shares[2] * width, height: shares[3] * height)))
    }
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

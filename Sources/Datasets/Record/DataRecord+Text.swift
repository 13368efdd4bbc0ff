import Numbers

extension DataRecord {
  private static let head = "rondo data 4"
  /// That of records without digests of further annotations.
  private static let headWithoutAnnotations = "rondo data 3"
  /// That of records without digests of files.
  private static let oldHead = "rondo data 1"
  /// That of records whose digests are of fewer bytes, so that they are not compared with others.
  private static let headOfShortDigests = "rondo data 2"

  /// The record as lines of cells that are divided by tabs: a line a class, a part and an image.
  public var text: String {
    var text = ""
    forEachPiece { text += $0 }
    return text
  }

  /// Gives the text in pieces of some kilobytes, since that of millions of images is not to be held as a whole.
  public func forEachPiece(_ body: (String) throws -> Void) rethrows { try forEachPiece(withFiles: true, body) }

  private func forEachPiece(withFiles: Bool, _ body: (String) throws -> Void) rethrows {
    var piece = (withFiles ? Self.head : Self.oldHead) + "\n"
    for name in classNames { piece += "class\t\(Self.escaped(name))\n" }
    for part in parts {
      switch part.contents {
      case .whole(let images, let labels, let pixels):
        piece += "part\t\(part.name)\t\(images)\t\(String(labels, radix: 16))\t"
        piece += "\(String(pixels, radix: 16))\n"
      case .listed(let images):
        piece += "part\t\(part.name)\t\(images.count)\n"
        for image in images {
          piece += Self.escaped(image.name)
          piece += "\t"
          piece += Self.escaped(image.label)
          piece += "\t"
          piece += String(image.content, radix: 16)
          if withFiles {
            piece += Self.cell(image.file)
            piece += Self.cell(image.annotation)
          }
          piece += "\n"
          guard piece.utf8.count >= 1 << 16 else { continue }
          try body(piece)
          piece.removeAll(keepingCapacity: true)
        }
      }
    }
    try body(piece)
  }

  /// Sixteen digits that are others for other data; without the files' digests, as in older runs' checkpoints.
  public var digest: String {
    var digest = ContentDigest()
    forEachPiece(withFiles: false) { digest.addPart($0) }
    digest.endText()
    return digest.text
  }

  /// Reads the lines; nil where they are not whole.
  public init?(_ text: String) {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
    let first = lines.popFirst()
    let cells = [Self.oldHead: 3, Self.headOfShortDigests: 4, Self.headWithoutAnnotations: 4, Self.head: 5]
    guard let first, let cellsOfImage = cells[String(first)], lines.popLast() == "" else { return nil }
    let hasFiles = cellsOfImage > 3 && first != Self.headOfShortDigests
    classNames = []
    parts = []
    while let line = lines.popFirst() {
      let cells = line.split(separator: "\t", omittingEmptySubsequences: false)
      if cells.count == 2, cells[0] == "class" {
        classNames.append(Self.unescaped(cells[1]))
        continue
      }
      guard cells.count == 3 || cells.count == 5, cells[0] == "part", let count = Int(cells[2]),
        count >= 0
      else { return nil }
      let name = String(cells[1])
      if cells.count == 5 {
        guard let labels = UInt64(cells[3], radix: 16), let pixels = UInt64(cells[4], radix: 16)
        else { return nil }
        parts.append(
          Part(name: name, contents: .whole(images: count, labels: labels, pixels: pixels)))
        continue
      }
      guard count <= lines.count else { return nil }
      var images: [Image] = []
      images.reserveCapacity(count)
      for _ in 0..<count {
        let cells = lines.removeFirst().split(separator: "\t", omittingEmptySubsequences: false)
        guard cells.count == cellsOfImage, let content = UInt64(cells[2], radix: 16) else { return nil }
        images.append(
          Image(
            name: Self.unescaped(cells[0]), label: Self.unescaped(cells[1]), content: content,
            file: hasFiles ? UInt64(cells[3], radix: 16) : nil,
            annotation: cellsOfImage > 4 ? UInt64(cells[4], radix: 16) : nil))
      }
      parts.append(Part(name: name, contents: .listed(images)))
    }
  }

  private static func cell(_ digest: UInt64?) -> String { "\t" + (digest.map { String($0, radix: 16) } ?? "") }

  private static func escaped(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 == 9 || $0 == 10 || $0 == 92 }) else { return text }
    return text.replacing("\\", with: "\\\\").replacing("\t", with: "\\t")
      .replacing("\n", with: "\\n")
  }

  private static func unescaped(_ text: Substring) -> String {
    guard text.utf8.contains(92) else { return String(text) }
    var (result, isEscaped) = ("", false)
    for character in text {
      if isEscaped {
        result.append(character == "t" ? "\t" : character == "n" ? "\n" : character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else {
        result.append(character)
      }
    }
    return result
  }
}

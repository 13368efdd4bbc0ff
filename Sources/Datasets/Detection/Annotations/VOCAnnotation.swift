import Boxes
import Formatting
import Foundation
import Numbers

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// One XML file of PASCAL VOC's format.
///
/// Coordinates are taken as the box's edges as they are written, so that a box from 10 to 20 is ten
/// pixels wide and an exact round trip is possible. (The devkit counts pixels from 1, both ends included;
/// tools of today write edges from 0.)
struct VOCAnnotation: Sendable {
  /// An object.
  struct Object: Sendable {
    var name: String
    var box: Box
    var isDifficult: Bool
    var isCrowd: Bool
  }

  var fileName: String?
  /// The size in pixels; nil where it is missing, or 0, as some programs write it.
  var size: ImageSize?
  var objects: [Object]

  /// Reads a file.
  ///
  /// - Throws: `DataError.unreadable`, `AnnotationError`.
  init(file: String) throws {
    let data = try readBytes(file, atMost: TextFile.maximumBytesOfSettings)
    let reader = VOCReader(file: file)
    let parser = XMLParser(data: data.withoutByteOrderMark)
    parser.delegate = reader
    parser.shouldResolveExternalEntities = false
    // On Linux the parser takes a file that ends too early for a whole one.
    guard parser.parse(), reader.isClosed else {
      throw AnnotationError.syntax(
        file: file, location: "line \(max(1, parser.lineNumber))",
        reason: Self.fault(of: data))
    }
    if let path = reader.repeated {
      throw AnnotationError.duplicate(
        file: file, field: path, what: "the element is written two times; remove one")
    }
    guard reader.root == "annotation" else {
      throw AnnotationError.syntax(
        file: file, location: "line 1",
        reason: "its outermost element is \(reader.root ?? "none"), not annotation")
    }
    fileName = reader.head["filename"].flatMap { $0.isEmpty ? nil : $0 }
    let fields = VOCFields(file: file, prefix: "", texts: reader.head)
    let (width, height) = (try fields.size("size/width"), try fields.size("size/height"))
    size = width.flatMap { width in height.map { ImageSize(width: width, height: $0) } }
    objects = try reader.objects.enumerated().map { index, texts in
      try Object(VOCFields(file: file, prefix: "object[\(index + 1)]/", texts: texts))
    }
  }
}

extension VOCAnnotation {
  /// Why a file is no XML.
  ///
  /// One that names no encoding has to be UTF-8.
  private static func fault(of data: Data) -> String {
    if data.isEmpty { return "it is empty" }
    if data.prefix(200).range(of: Data("encoding".utf8)) == nil {
      do throws(TextFile.Fault) { _ = try TextFile.text(of: data) } catch { return "\(error)" }
    }
    return "it is truncated, or not XML"
  }
}

extension VOCAnnotation.Object {
  fileprivate init(_ fields: VOCFields) throws {
    name = try fields.text("name")
    let (minX, minY) = (try fields.number("bndbox/xmin"), try fields.number("bndbox/ymin"))
    let (maxX, maxY) = (try fields.number("bndbox/xmax"), try fields.number("bndbox/ymax"))
    for (axis, low, high) in [("x", minX, maxX), ("y", minY, maxY)] where high < low {
      throw AnnotationError.wrongOrder(
        file: fields.file, field: fields.prefix + "bndbox",
        reason: "\(axis)max (\(plain(high))) is below \(axis)min (\(plain(low)))")
    }
    box = Box(minX: minX, minY: minY, maxX: maxX, maxY: maxY)
    isCrowd = try fields.flag("iscrowd")
    // A crowd is written as difficult too, so that other programs pass over it.
    isDifficult = try fields.flag("difficult") && !isCrowd
  }
}

/// The texts of elements, by their paths, with the kinds that they must have.
private struct VOCFields {
  let file: String
  /// The way to the elements, for errors.
  let prefix: String
  let texts: [String: String]

  func text(_ path: String) throws -> String {
    guard let text = texts[path], !text.isEmpty else {
      throw AnnotationError.missing(file: file, field: prefix + path)
    }
    return text
  }

  func number(_ path: String) throws -> Double {
    let text = try text(path)
    guard let number = Double(text), number.isFinite else {
      throw wrongKind(path, text, "a finite number")
    }
    return number
  }

  /// A length in pixels; nil where it is missing, or 0.
  func size(_ path: String) throws -> Int? {
    guard let text = texts[path], !text.isEmpty, text != "0" else { return nil }
    guard let size = Int(text), size > 0 else { throw wrongKind(path, text, "above 0") }
    guard size <= AnnotatedImage.longestSide else {
      throw wrongKind(path, text, "at most \(AnnotatedImage.longestSide)")
    }
    return size
  }

  func flag(_ path: String) throws -> Bool {
    switch texts[path] {
    case nil, "", "0": return false
    case "1": return true
    case .some(let text): throw wrongKind(path, text, "0 or 1")
    }
  }

  private func wrongKind(_ path: String, _ text: String, _ wanted: String) -> AnnotationError {
    .wrongKind(file: file, field: prefix + path, found: "'\(text)'", wanted: wanted)
  }
}

/// Keeps the texts of a VOC file's elements: those of the head, and those of each object.
private final class VOCReader: NSObject, XMLParserDelegate {
  let file: String
  private(set) var root: String?
  private(set) var head: [String: String] = [:]
  private(set) var objects: [[String: String]] = []
  private var path: [String] = []
  private var text = ""
  /// The first element that is wanted once and is there twice.
  private(set) var repeated: String?

  /// The elements that are wanted, by their paths in the head and in an object.
  private static let wanted: (head: Set<String>, object: Set<String>) = (
    ["filename", "size/width", "size/height"],
    [
      "name", "difficult", "iscrowd", "bndbox/xmin", "bndbox/ymin", "bndbox/xmax", "bndbox/ymax",
    ]
  )

  /// Whether every element that was opened was closed.
  var isClosed: Bool { root != nil && path.isEmpty }

  init(file: String) { self.file = file }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    if path.isEmpty { root = name }
    path.append(name)
    if path.count == 2, name == "object" { objects.append([:]) }
    text = ""
  }

  func parser(_ parser: XMLParser, foundCharacters characters: String) { text += characters }

  func parser(_ parser: XMLParser, foundCDATA block: Data) {
    text += String(decoding: block, as: UTF8.self)
  }

  func parser(
    _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
  ) {
    // Nothing that is wanted lies deeper, and a file decides how deep it goes.
    if path.count > 1, path.count < 5 {
      let content = text.trimmingCharacters(in: .whitespacesAndNewlines)
      // A part of an object has a name and a box of its own, on a longer path.
      if path.count > 2, path[1] == "object" {
        keep(
          content, path[2...], Self.wanted.object, in: &objects[objects.count - 1],
          prefix: "object[\(objects.count)]/")
      } else {
        keep(content, path[1...], Self.wanted.head, in: &head, prefix: "")
      }
    }
    path.removeLast()
    text = ""
  }

  private func keep(
    _ content: String, _ path: ArraySlice<String>, _ wanted: Set<String>,
    in texts: inout [String: String], prefix: String
  ) {
    let key = path.joined(separator: "/")
    guard wanted.contains(key) else { return }
    if texts.updateValue(content, forKey: key) != nil, repeated == nil { repeated = prefix + key }
  }
}

/// A number without a point where it is whole, as annotations are written.
func plain(_ number: Double) -> String {
  Int(exactly: number).map(String.init) ?? String(number)
}

import Foundation
import Numbers

/// The parts of a form as a browser sends it with files (RFC 7578).
struct MultipartForm {
  /// A part: a field of the form, or a file.
  struct Part {
    let name: String
    /// The file's name, where it is a file.
    let file: String?
    let body: Data
  }

  let parts: [Part]

  /// More parts than any form of ours has.
  private static let maximumParts = 32

  /// Reads a body.
  ///
  /// - Parameter boundary: what stands between the parts, as the Content-Type names it.
  /// - Returns: nil for a body that is no such form.
  init?(_ body: Data, boundary: String) {
    guard !boundary.isEmpty, boundary.utf8.count <= 70 else { return nil }
    let body = Data(body)
    let line = Data("--\(boundary)".utf8)
    let (end, headEnd) = (Data("\r\n".utf8) + line, Data("\r\n\r\n".utf8))
    // A preamble before the first boundary means nothing.
    guard
      var position = body.starts(with: line)
        ? line.count : body.index(of: end, from: 0).map({ $0 + end.count })
    else { return nil }
    var parts: [Part] = []
    while !body[position...].starts(with: Data("--".utf8)) {
      // Its headers may be none, so that the line's end begins the empty line, too.
      guard parts.count < Self.maximumParts, body[position...].starts(with: headEnd.prefix(2)),
        let head = body.index(of: headEnd, from: position),
        let next = body.index(of: end, from: head + headEnd.count - 2)
      else { return nil }
      let headers = String(validating: body[position..<head], as: UTF8.self)
      guard let part = headers.flatMap(Self.names) else { return nil }
      let start = head + headEnd.count
      parts.append(
        Part(name: part.name, file: part.file, body: Data(body[start..<max(start, next)])))
      position = next + end.count
    }
    self.parts = parts
  }

  /// The names in a part's Content-Disposition.
  private static func names(in headers: String) -> (name: String, file: String?)? {
    let key = "content-disposition:"
    let line = headers.components(separatedBy: "\r\n").first { $0.lowercased().hasPrefix(key) }
    guard let line, let name = parameter("name", of: line) else { return nil }
    return (name, parameter("filename", of: line))
  }

  /// A header's parameter, quoted or not: `name` of `form-data; name="a"; filename="b.png"`.
  ///
  /// Browsers write a quotation mark in a name as `%22`, and so does RFC 7578's reference; `\"` stands for one, too.
  static func parameter(_ name: String, of header: String) -> String? {
    var value: String?
    var rest = header[...]
    while let semicolon = rest.firstIndex(of: ";") {
      rest = rest[rest.index(after: semicolon)...].drop { $0 == " " || $0 == "\t" }
      let key = rest.prefix { $0 != "=" && $0 != ";" }
      rest = rest.dropFirst(key.count)
      guard rest.first == "=" else { continue }
      rest = rest.dropFirst()
      var text = ""
      if rest.first == "\"" {
        rest = rest.dropFirst()
        while let character = rest.popFirst(), character != "\"" {
          let isEscaped = character == "\\" && rest.first == "\""
          text.append(isEscaped ? rest.removeFirst() : character)
        }
      } else {
        text = String(rest.prefix { $0 != ";" }).trimmingCharacters(in: .whitespaces)
        rest = rest.drop { $0 != ";" }
      }
      if key.lowercased().trimmingCharacters(in: .whitespaces) == name { value = value ?? text }
    }
    return value
  }
}

extension Data {
  /// Where a pattern begins from an offset on, in data that begin at 0.
  fileprivate func index(of pattern: Data, from offset: Int) -> Int? {
    withUnsafeBytes { bytes in
      pattern.withUnsafeBytes { pattern in
        guard let start = bytes.baseAddress, let wanted = pattern.baseAddress else { return nil }
        var position = offset
        while position + pattern.count <= bytes.count {
          let places = bytes.count - pattern.count - position + 1
          guard let found = memchr(start + position, Int32(pattern[0]), places) else { return nil }
          position = UnsafeRawPointer(found) - start
          if memcmp(found, wanted, pattern.count) == 0 { return position }
          position += 1
        }
        return nil
      }
    }
  }
}

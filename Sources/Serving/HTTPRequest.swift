import Foundation
import Numbers

/// A request as it was read: its line, its headers and its body.
public struct HTTPRequest: Sendable, Hashable {
  /// The method, such as `GET`.
  public var method: String
  /// The path's components, percent-decoded: `/api/runs` is `["api", "runs"]`, and `/` is empty.
  public var path: [String]
  /// The query, percent-decoded; of a name that is given twice the first value counts.
  public var query: [String: String]
  /// The headers by their names in lower case.
  public var headers: [String: String]
  /// The body.
  public var body: Data
  /// Whether the connection is kept for another request.
  var isKeptAlive = true

  /// Creates a request, as a test sends it.
  public init(
    _ method: String, _ path: [String], query: [String: String] = [:],
    headers: [String: String] = [:], body: Data = Data()
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
    self.body = body
  }

  /// Reads a request's line and headers, without the empty line after them.
  ///
  /// Whatever RFC 9112 lets a server read in two ways is refused, so that no proxy before this server reads it
  /// in another.
  ///
  /// - Throws: the response that refuses it.
  init(head: Data) throws(HTTPResponse) {
    guard let text = String(validating: head, as: UTF8.self) else {
      throw HTTPResponse.refusal(400, "The request's head is not UTF-8 text.")
    }
    var lines = text.components(separatedBy: "\r\n")
    let parts = lines.removeFirst().split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 3, ["HTTP/1.1", "HTTP/1.0"].contains(parts[2]), !parts[0].isEmpty,
      parts[0].allSatisfy({ $0.isASCII && $0.isUppercase })
    else { throw HTTPResponse.refusal(400, "The first line is not a request of HTTP/1.1.") }
    method = String(parts[0])
    (path, query) = try Self.target(parts[1])
    headers = [:]
    body = Data()
    for line in lines {
      guard let colon = line.firstIndex(of: ":"), colon > line.startIndex,
        !line[..<colon].contains(where: { $0 == " " || $0 == "\t" }),
        !line.unicodeScalars.contains(where: { $0.value < 0x20 && $0 != "\t" })
      else { throw HTTPResponse.refusal(400, "A line of the headers is not 'name: value'.") }
      let name = line[..<colon].lowercased()
      let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      if let other = headers[name] {
        guard !["host", "content-length", "origin", "authorization"].contains(name) else {
          throw HTTPResponse.refusal(400, "The header \(name) is there twice.")
        }
        headers[name] = other + (name == "cookie" ? "; " : ", ") + value
      } else {
        headers[name] = value
      }
    }
    let connection = headers["connection"]?.lowercased() ?? ""
    isKeptAlive = parts[2] == "HTTP/1.1" ? connection != "close" : connection == "keep-alive"
  }

  private static func target(
    _ text: Substring
  ) throws(HTTPResponse) -> (path: [String], query: [String: String]) {
    let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    guard text.hasPrefix("/"), !text.contains("#") else {
      throw HTTPResponse.refusal(400, "The request's target is not a path that begins with '/'.")
    }
    let names = parts[0].split(separator: "/").map { $0.removingPercentEncoding }
    var query: [String: String] = [:]
    for pair in parts.count > 1 ? parts[1].split(separator: "&") : [] {
      let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let words = sides.map { $0.replacing("+", with: " ").removingPercentEncoding ?? "" }
      if query[words[0]] == nil { query[words[0]] = words.count > 1 ? words[1] : "" }
    }
    guard !names.contains(nil) else {
      throw HTTPResponse.refusal(400, "The request's path is not percent-encoded UTF-8.")
    }
    return (names.compactMap(\.self), query)
  }

  /// The bytes of the body that follows the headers.
  ///
  /// - Throws: the response that refuses one that is too large, or of no stated length.
  func bodyLength(atMost most: Int) throws(HTTPResponse) -> Int {
    guard headers["transfer-encoding"] == nil else {
      throw HTTPResponse.refusal(411, "A body needs a Content-Length here.")
    }
    guard let text = headers["content-length"] else { return 0 }
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
      throw HTTPResponse.refusal(400, "Content-Length is not a number.")
    }
    guard let length = Int(text), length <= most else {
      throw HTTPResponse.refusal(413, "The body is larger than the \(most) bytes that are taken.")
    }
    return length
  }

  /// A cookie's value.
  public func cookie(_ name: String) -> String? {
    (headers["cookie"] ?? "").split(separator: ";")
      .map { $0.trimmingCharacters(in: .whitespaces) }
      .first { $0.hasPrefix(name + "=") }
      .map { String($0.dropFirst(name.count + 1)) }
  }
}

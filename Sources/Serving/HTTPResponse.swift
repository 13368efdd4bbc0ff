import Foundation
import Numbers

/// What a request is answered with.
public struct HTTPResponse: Sendable, Hashable, Error {
  /// The status, such as 200.
  public var status: Int
  /// Headers beside those that every response has.
  public var headers: [String: String]
  /// The body.
  public var body: Data
  /// Whether the connection ends with it, because what follows cannot be told apart any more.
  var endsConnection = false

  /// Creates a response.
  public init(_ status: Int, type: String, body: Data, headers: [String: String] = [:]) {
    self.status = status
    self.headers = headers.merging(["Content-Type": type]) { $1 }
    self.body = body
  }

  /// Returns a value as JSON.
  public static func json(_ value: some Encodable, status: Int = 200) -> HTTPResponse {
    do {
      return HTTPResponse(status, type: "application/json", body: try JSONText.data(value))
    } catch {
      return HTTPResponse(500, type: "application/json", body: Data(#"{"error":null}"#.utf8))
    }
  }

  /// Returns a sentence that says why a request is not answered, as `{"error": ...}`.
  public static func failure(_ status: Int, _ sentence: String) -> HTTPResponse {
    json(["error": sentence], status: status)
  }

  /// The sentence of a failure; empty for any other response.
  public var sentence: String {
    (try? JSONText.read([String: String].self, from: body))?["error"] ?? ""
  }

  /// Returns the refusal of a request that was not read to its end.
  static func refusal(_ status: Int, _ sentence: String) -> HTTPResponse {
    var response = failure(status, sentence)
    response.endsConnection = true
    return response
  }

  /// Returns the refusal of a request for which there is no room at the moment.
  public static func busy(_ sentence: String) -> HTTPResponse {
    var response = failure(503, sentence)
    response.headers["Retry-After"] = "1"
    return response
  }

  /// The response as it is sent.
  ///
  /// No response is stored, sniffed for another type, or shown inside another page.
  func bytes(keepsAlive: Bool, hasBody: Bool) -> Data {
    var common = [
      "Content-Length": "\(body.count)", "Connection": keepsAlive ? "keep-alive" : "close",
      "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
      "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
      "Cross-Origin-Resource-Policy": "same-origin",
    ]
    // It has none by its definition (RFC 9110, section 8.6).
    if status == 204 { common["Content-Length"] = nil }
    let lines = common.merging(headers) { $1 }.sorted { $0.key < $1.key }
      .map { "\($0.key): \($0.value)\r\n" }
    let head = "HTTP/1.1 \(status) \(Self.reasons[status] ?? "Status")\r\n" + lines.joined()
    return Data((head + "\r\n").utf8) + (hasBody ? body : Data())
  }

  private static let reasons = [
    200: "OK", 204: "No Content", 303: "See Other", 400: "Bad Request",
    401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    408: "Request Timeout", 409: "Conflict", 411: "Length Required", 413: "Content Too Large",
    415: "Unsupported Media Type",
    431: "Request Header Fields Too Large", 500: "Internal Server Error",
    503: "Service Unavailable",
  ]
}

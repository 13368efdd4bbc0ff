import Foundation
import Numbers

/// Who may ask a server, and for what.
///
/// A page of another site in the same browser must neither read responses nor press buttons: the Host header
/// must name this machine, so that no foreign name that was bound to its address is served, and what changes
/// something must come from the server's own page. On an address that other machines reach, whoever asks gives
/// the token: once as `?token=...`, from then on as a cookie; programs as `Authorization: Bearer ...`, which no browser
/// adds to what another page asks for.
public struct AccessRules: Sendable {
  private let token: String?
  private let cookie: String
  private let takesPrograms: Bool

  /// Creates the rules of a server on a host.
  ///
  /// - Parameter takesPrograms: whether what changes something, or takes a body, may also come from a program that gives
  ///   no token; it names no page that it comes from, as every browser does.
  /// - Throws: `ServerError` for a host that others reach without a token, or a token that can be guessed.
  public init(
    host: String, port: Int, token: String?, takesPrograms: Bool = false
  ) throws(ServerError) {
    guard Self.isLoopback(host) || token != nil else { throw .needsToken(host: host) }
    if let token {
      let isPlain = token.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
          || (0x61...0x7A).contains(byte) || byte == 0x2D || byte == 0x5F
      }
      guard token.utf8.count >= 16, isPlain else { throw .weakToken }
    }
    self.token = token
    self.takesPrograms = takesPrograms
    cookie = "rondo-\(port)"
  }

  /// Whether a host's name is one of this machine's own, which no other machine reaches.
  static func isLoopback(_ host: String) -> Bool {
    let name = host.lowercased()
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return ["localhost", "::1", "[::1]"].contains(name)
      || parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }

  /// Returns the response to a request that is refused, or that has given the token; nil where the request is to
  /// be answered.
  public func response(to request: HTTPRequest) -> HTTPResponse? {
    guard let host = request.headers["host"] else {
      return .failure(400, "The Host header is missing.")
    }
    if let token {
      if let given = request.query["token"], Self.equals(given, token) {
        let path = "/" + request.path.joined(separator: "/")
        guard path == "/", request.method == "GET" else { return refusal(of: request, host) }
        return HTTPResponse(
          303, type: "text/plain", body: Data(),
          headers: [
            "Location": "/",
            "Set-Cookie": "\(cookie)=\(token); HttpOnly; SameSite=Strict; Path=/",
          ])
      }
      let bearer = request.headers["authorization"].flatMap {
        $0.hasPrefix("Bearer ") ? String($0.dropFirst(7)) : nil
      }
      guard let given = bearer ?? request.cookie(cookie), Self.equals(given, token) else {
        return .failure(
          401,
          "This server asks for its token: open /?token=TOKEN in a browser, or send the header "
            + "'Authorization: Bearer TOKEN'.")
      }
      return refusal(of: request, host, isProgram: bearer != nil)
    } else if !Self.isLoopback(Self.name(of: host)) {
      return .failure(
        403, "This server answers to localhost only, and not to the name in the Host header.")
    }
    return refusal(of: request, host)
  }

  /// - Parameter isProgram: whether the request has the token as programs give it.
  private func refusal(
    of request: HTTPRequest, _ host: String, isProgram: Bool = false
  ) -> HTTPResponse? {
    guard request.method != "GET", request.method != "HEAD" else { return nil }
    let isOwn =
      request.headers["origin"].map { $0.lowercased() == "http://\(host.lowercased())" }
      ?? request.headers["sec-fetch-site"].map { $0 == "same-origin" }
      ?? (takesPrograms || isProgram)
    return isOwn
      ? nil
      : .failure(
        403,
        "This is for the server's own page only, and for programs that send 'Authorization: Bearer TOKEN' to a server "
          + "that was started with --token.")
  }

  /// The name in a Host header, without its port.
  private static func name(of host: String) -> String {
    if host.hasPrefix("[") { return String(host.prefix { $0 != "]" }) + "]" }
    return String(host.prefix { $0 != ":" })
  }

  /// Whether two texts are the same, in a time that does not say how far they agree.
  static func equals(_ given: String, _ secret: String) -> Bool {
    let (given, secret) = (Array(given.utf8), Array(secret.utf8))
    var difference: UInt8 = given.count == secret.count ? 0 : 1
    for (index, byte) in secret.enumerated() {
      difference |= byte ^ (given.isEmpty ? 0 : given[index % given.count])
    }
    return difference == 0
  }
}

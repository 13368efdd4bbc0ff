import Foundation
import Testing

@testable import Serving

@Suite struct `A server` {
  /// A server that answers with what it was asked, while a test runs.
  private final class Echo {
    let server: HTTPServer

    init(_ limits: HTTPServer.Limits = .init()) throws {
      server = try HTTPServer(host: "127.0.0.1", port: 0, limits: limits)
      Thread.detachNewThread { [server] in
        server.run(
          .init { request in
            .json(["path": request.path.joined(separator: "|"), "body": "\(request.body.count)"])
          })
      }
    }

    deinit { server.stop() }

    /// Sends bytes, and returns all that comes back until the server ends the connection.
    func exchange(_ text: String) -> String {
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      defer { close(descriptor) }
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = UInt16(server.port).bigEndian
      address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      _ = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      _ = Array(text.utf8).withUnsafeBytes {
        send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      var all: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 4096)
      while case let count = recv(descriptor, &buffer, buffer.count, 0), count > 0 {
        all += buffer[..<count]
      }
      return String(decoding: all, as: UTF8.self)
    }
  }

  @Test func `keeps a connection for the next request, and ends it when asked to`() throws {
    let answers = try Echo().exchange(
      "GET /a%20b/c?x=1 HTTP/1.1\r\nHost: x\r\n\r\n"
        + "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc")
    #expect(answers.components(separatedBy: "HTTP/1.1 200 OK").count == 3)
    #expect(answers.contains(#"{"body":"0","path":"a b|c"}"#))
    #expect(answers.contains(#"{"body":"3","path":""}"#))
    #expect(answers.contains("X-Frame-Options: DENY"))
  }

  @Test func `sends no body to HEAD`() throws {
    let answer = try Echo().exchange("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    #expect(answer.contains("Content-Length: 22") && answer.hasSuffix("\r\n\r\n"), "\(answer)")
  }

  @Test(arguments: [
    ("nonsense\r\n\r\n", 400),
    ("GET / HTTP/2\r\n\r\n", 400),
    ("GET http://other/ HTTP/1.1\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\nx", 400),
    ("POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
    ("POST / HTTP/1.1\r\nContent-Length: 65537\r\n\r\n", 413),
    ("POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", 413),
    ("GET / HTTP/1.1\r\nX: " + String(repeating: "a", count: 20_000) + "\r\n\r\n", 431),
  ])
  func `refuses what it cannot or must not take`(request: String, status: Int) throws {
    let answer = try Echo().exchange(request)
    #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
    #expect(answer.contains("Connection: close"))
  }

  @Test func `leaves a client that is too slow, and serves others meanwhile`() throws {
    var limits = HTTPServer.Limits()
    limits.seconds = 0.3
    let echo = try Echo(limits)
    #expect(echo.exchange("GET / HTTP/1.1\r\nHost:").hasPrefix("HTTP/1.1 408 "))
    #expect(echo.exchange("").isEmpty)
    #expect(echo.exchange("GET / HTTP/1.1\r\nConnection: close\r\n\r\n").hasPrefix("HTTP/1.1 200"))
  }

  @Test func `holds no more bytes than it may, of all clients together`() throws {
    var limits = HTTPServer.Limits()
    limits.bytes = 1_000
    let echo = try Echo(limits)
    let body = String(repeating: "a", count: 2_000)
    let answer = echo.exchange("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2000\r\n\r\n" + body)
    #expect(answer.hasPrefix("HTTP/1.1 503 ") && answer.contains("Retry-After: 1"), "\(answer)")
    #expect(echo.exchange("GET / HTTP/1.1\r\nConnection: close\r\n\r\n").hasPrefix("HTTP/1.1 200"))
  }

  @Test func `names a port that is free where one is in use`() throws {
    let port = try Echo().server.port
    let echo = try Echo()
    let error = #expect(throws: ServerError.self) {
      _ = try HTTPServer(host: "127.0.0.1", port: echo.server.port)
    }
    guard case .portInUse(echo.server.port, let free?) = error else {
      Issue.record("\(String(describing: error)), after \(port)")
      return
    }
    #expect("\(ServerError.portInUse(port: 1, free: free))".contains("--port \(free) is free"))
    #expect(throws: ServerError.badPort(70_000)) {
      _ = try HTTPServer(host: "127.0.0.1", port: 70_000)
    }
  }
}

@Suite struct `Who may ask a server` {
  private func status(
    _ rules: AccessRules, _ method: String, headers: [String: String], query: [String: String] = [:]
  ) -> Int? {
    rules.response(to: HTTPRequest(method, [], query: query, headers: headers))?.status
  }

  /// DNS rebinding: a foreign name that is bound to this machine's address is in the Host header.
  @Test(
    arguments: [
      ("localhost:7000", nil), ("127.0.0.1:7000", nil), ("[::1]:7000", nil), ("LOCALHOST", nil),
      ("127.5.0.1", nil), ("evil.example:7000", 403), ("localhost.evil.example", 403),
      ("127.0.0.1.evil.example", 403), ("", 403),
    ] as [(String, Int?)])
  func `is told by the Host header`(host: String, expected: Int?) throws {
    let rules = try AccessRules(host: "127.0.0.1", port: 7000, token: nil)
    #expect(status(rules, "GET", headers: ["host": host]) == expected)
    #expect(status(rules, "GET", headers: [:]) == 400)
  }

  @Test func `may change something from the server's own page only`() throws {
    let rules = try AccessRules(host: "localhost", port: 7000, token: nil)
    let own = ["host": "localhost:7000"]
    for (more, expected) in [
      (["origin": "http://localhost:7000"], nil), (["origin": "http://evil.example"], 403),
      (["origin": "http://localhost:7001"], 403), (["origin": "null"], 403), ([:], 403),
      (["sec-fetch-site": "same-origin"], nil), (["sec-fetch-site": "same-site"], 403),
      (["origin": "http://evil.example", "sec-fetch-site": "same-origin"], 403),
    ] as [([String: String], Int?)] {
      #expect(status(rules, "POST", headers: own.merging(more) { $1 }) == expected, "\(more)")
    }
  }

  @Test func `may be a program where that is meant, but no other page`() throws {
    let rules = try AccessRules(host: "localhost", port: 7000, token: nil, takesPrograms: true)
    let own = ["host": "localhost:7000"]
    for (more, expected) in [
      ([:], nil), (["origin": "http://localhost:7000"], nil),
      (["origin": "http://evil.example"], 403), (["origin": "null"], 403),
      (["sec-fetch-site": "cross-site"], 403), (["sec-fetch-site": "same-origin"], nil),
    ] as [([String: String], Int?)] {
      #expect(status(rules, "POST", headers: own.merging(more) { $1 }) == expected, "\(more)")
    }
    #expect(status(rules, "POST", headers: ["host": "evil.example"]) == 403)
  }

  @Test func `gives the token where other machines reach the server`() throws {
    #expect(throws: ServerError.needsToken(host: "0.0.0.0")) {
      _ = try AccessRules(host: "0.0.0.0", port: 7000, token: nil)
    }
    #expect(throws: ServerError.weakToken) {
      _ = try AccessRules(host: "0.0.0.0", port: 7000, token: "short")
    }
    let token = "0123456789abcdef"
    let rules = try AccessRules(host: "0.0.0.0", port: 7000, token: token)
    let host = ["host": "machine.example:7000"]
    func with(_ name: String, _ value: String) -> Int? {
      status(rules, "GET", headers: host.merging([name: value]) { $1 })
    }
    #expect(status(rules, "GET", headers: host) == 401)
    #expect(with("authorization", "Bearer \(token)") == nil)
    #expect(with("authorization", "Bearer \(token)0") == 401)
    // What changes something may come from a program, and from no page of another site.
    func post(_ headers: [String: String]) throws -> Int? {
      let rules = try AccessRules(host: "0.0.0.0", port: 7000, token: token)
      let own = ["host": "example.org:7000"].merging(headers) { $1 }
      return rules.response(to: HTTPRequest("POST", ["api", "land"], headers: own))?.status
    }
    #expect(try post(["authorization": "Bearer \(token)"]) == nil)
    #expect(try post(["cookie": "rondo-7000=\(token)"]) == 403)
    for foreign in [["origin": "http://evil.example"], ["sec-fetch-site": "cross-site"]] {
      let headers = foreign.merging(["authorization": "Bearer \(token)"]) { $1 }
      #expect(try post(headers) == 403)
    }
    #expect(try post(["authorization": "Bearer no", "origin": "http://example.org:7000"]) == 401)
    #expect(with("authorization", "Bearer ") == 401)
    #expect(with("cookie", "a=b; rondo-7000=\(token)") == nil)
    #expect(with("cookie", "rondo-7001=\(token)") == 401)
    let first = rules.response(to: HTTPRequest("GET", [], query: ["token": token], headers: host))
    #expect(first?.status == 303)
    #expect(first?.headers["Set-Cookie"]?.contains("HttpOnly; SameSite=Strict") == true)
    #expect(status(rules, "GET", headers: host, query: ["token": "0123456789abcdeF"]) == 401)
    // The cookie alone presses no button: another page's request has its own origin.
    #expect(
      status(
        rules, "POST",
        headers: host.merging(["cookie": "rondo-7000=\(token)", "origin": "http://evil"]) { $1 })
        == 403)
  }

  @Test(arguments: ["", "a", "0123456789abcdee", "0123456789abcdef0", "0123456789abcde"])
  func `is not known by another token`(other: String) {
    #expect(!AccessRules.equals(other, "0123456789abcdef"))
    #expect(AccessRules.equals("0123456789abcdef", "0123456789abcdef"))
  }
}

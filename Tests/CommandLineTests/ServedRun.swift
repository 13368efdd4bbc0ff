#if LIBTORCH
  import Foundation
  import Testing

  /// `rondo serve` on a run, while a test asks it.
  final class ServedRun: @unchecked Sendable {
    let running: Running
    let port: Int

    init(_ folder: String, in directory: URL, _ more: [String] = []) throws {
      running = try Program.start(
        ["serve", folder, "--port", "0", "--threads", "1"] + more, in: directory)
      port = try running.port()
    }

    deinit { if running.isRunning { running.kill() } }

    /// Ends the server by a signal, as an operator does, and returns its status.
    func end() throws -> Int32 {
      running.send(SIGTERM)
      return try running.result().status
    }

    func connect() throws -> ClientConnection { try ClientConnection(port) }

    /// Sends one request, and returns its response.
    func ask(
      _ method: String, _ target: String, _ body: Data = Data(), _ headers: [String: String] = [:]
    ) throws -> ServedResponse {
      try connect().ask(method, target, body, headers)
    }

    func post(
      _ body: Data, _ target: String = "/predict", type: String = "image/png"
    ) throws -> ServedResponse {
      try ask("POST", target, body, ["Content-Type": type])
    }
  }

  struct ServedResponse: Sendable {
    let status: Int
    let head: String
    let body: Data

    var text: String { String(decoding: body, as: UTF8.self) }

    func object() throws -> [String: Any] {
      try #require(try JSONSerialization.jsonObject(with: body) as? [String: Any], "\(text)")
    }
  }

  /// A connection of a client that keeps it.
  final class ClientConnection: @unchecked Sendable {
    /// Nobody listens.
    struct Refused: Error {}

    private let descriptor: Int32

    init(_ port: Int) throws {
      descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = UInt16(clamping: port).bigEndian
      address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      let code = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      guard code == 0 else { throw Refused() }
    }

    deinit { close(descriptor) }

    func send(_ data: Data) {
      data.withUnsafeBytes { bytes in
        var sent = 0
        while sent < bytes.count, let start = bytes.baseAddress {
          let count = Foundation.send(
            descriptor, start + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
          guard count > 0 else { return }
          sent += count
        }
      }
    }

    func ask(
      _ method: String, _ target: String, _ body: Data = Data(), _ headers: [String: String] = [:]
    ) throws -> ServedResponse {
      let lines = headers.map { "\($0.key): \($0.value)\r\n" }.joined()
      send(
        Data(
          ("\(method) \(target) HTTP/1.1\r\nHost: localhost\r\n\(lines)"
            + "Content-Length: \(body.count)\r\n\r\n").utf8) + body)
      return try response()
    }

    /// Reads the next response; one without a status where the server ends the connection.
    func response() throws -> ServedResponse {
      var all = Data()
      var buffer = [UInt8](repeating: 0, count: 16 << 10)
      func more() -> Bool {
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count > 0 { all.append(contentsOf: buffer[..<count]) }
        return count > 0
      }
      var end = all.range(of: Data("\r\n\r\n".utf8))
      while end == nil {
        guard more() else { return ServedResponse(status: 0, head: "", body: Data()) }
        end = all.range(of: Data("\r\n\r\n".utf8))
      }
      let place = try #require(end)
      let head = String(decoding: all[..<place.lowerBound], as: UTF8.self)
      let length = head.firstMatch(of: /Content-Length: (\d+)/).flatMap { Int($0.1) } ?? 0
      while all.count - place.upperBound < length, more() {}
      return ServedResponse(
        status: Int(head.dropFirst(9).prefix(3)) ?? 0, head: head,
        body: Data(all[place.upperBound...]))
    }
  }
#endif

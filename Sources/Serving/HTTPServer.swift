import Foundation
import Numbers
import Synchronization
import Words

/// A small server of HTTP/1.1, one thread a connection, that bounds whatever a client can make it hold: the
/// head, the body, the time, and the number of connections.
public final class HTTPServer: Sendable {
  /// What a client may use.
  public struct Limits: Sendable {
    /// The most bytes of a request's line and headers.
    public var head = 16 << 10
    /// The most bytes of a body.
    public var body = 64 << 10
    /// The seconds in which a request must have come, and a response have gone.
    public var seconds = 15.0
    /// The most connections at once.
    public var connections = 64

    /// The usual limits.
    public init() {}
  }

  /// The port that it listens on.
  public let port: Int
  private let limits: Limits
  private let listener: Int32
  private let waking: [Int32]
  private let open = Mutex<Set<Int32>>([])

  /// Begins to listen.
  ///
  /// - Parameter port: the port, or 0 for any that is free.
  /// - Throws: `ServerError`.
  public init(host: String, port: Int, limits: Limits = Limits()) throws {
    listener = try ListeningSocket.open(host: host, port: port)
    self.port = ListeningSocket.port(of: listener)
    self.limits = limits
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else {
      close(listener)
      throw ServerError.cannotListen(host: host, port: port, reason: systemReason())
    }
    waking = ends
  }

  deinit { ([listener] + waking).forEach { close($0) } }

  /// Answers requests until it is stopped.
  ///
  /// - Parameter handler: answers a request; called by several threads at once.
  public func run(_ handler: @escaping @Sendable (HTTPRequest) -> HTTPResponse) {
    while true {
      var events = [
        pollfd(fd: listener, events: Int16(POLLIN), revents: 0),
        pollfd(fd: waking[0], events: Int16(POLLIN), revents: 0),
      ]
      guard poll(&events, 2, -1) > 0 || errno == EINTR else { break }
      if events[1].revents != 0 { break }
      guard events[0].revents != 0 else { continue }
      let descriptor = accept(listener, nil, nil)
      guard descriptor >= 0 else {
        // Without a free descriptor the client waits; it is no reason to end.
        if errno == EMFILE || errno == ENFILE || errno == ENOBUFS { usleep(50_000) }
        continue
      }
      begin(HTTPConnection(descriptor, seconds: limits.seconds), handler)
    }
    open.withLock { $0.forEach { shutdown($0, Int32(SHUT_RDWR)) } }
    for _ in 0..<200 where !open.withLock(\.isEmpty) { usleep(10_000) }
  }

  /// Has `run` return, also from a signal's handler.
  public func stop() {
    var byte: UInt8 = 0
    _ = write(waking[1], &byte, 1)
  }

  private func begin(
    _ connection: HTTPConnection, _ handler: @escaping @Sendable (HTTPRequest) -> HTTPResponse
  ) {
    let isTaken = open.withLock { open in
      guard open.count < limits.connections else { return false }
      open.insert(connection.descriptor)
      return true
    }
    guard isTaken else {
      connection.send(.refusal(503, "Too many connections are open; try again later."))
      return connection.end()
    }
    Thread.detachNewThread { [self] in
      answer(connection, handler)
      open.withLock { _ = $0.remove(connection.descriptor) }
      connection.end()
    }
  }

  private func answer(
    _ connection: HTTPConnection, _ handler: (HTTPRequest) -> HTTPResponse
  ) {
    var keepsAlive = true
    while keepsAlive {
      do throws(HTTPResponse) {
        guard let request = try connection.read(limits) else { return }
        keepsAlive = request.isKeptAlive
        let response = handler(request)
        keepsAlive = keepsAlive && !response.endsConnection
        guard
          connection.send(response, keepsAlive: keepsAlive, hasBody: request.method != "HEAD")
        else { return }
      } catch {
        connection.send(error)
        return connection.drain()
      }
    }
  }
}

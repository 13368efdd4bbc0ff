import Formatting
import Foundation
import Numbers
import Synchronization

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
    /// The most bytes that the requests of all connections hold at once.
    public var bytes = 64 << 20
    /// The seconds that a connection waits for one more request when the server stops.
    public var grace = 0.0
    /// The seconds in which requests that have begun are answered when the server stops.
    public var ending = 2.0

    /// The default limits.
    public init() {}
  }

  /// The port that it listens on.
  public let port: Int
  private let limits: Limits
  private let listener: Int32
  private let waking: [Int32]
  private let open = Mutex<Set<Int32>>([])
  private let budget: ByteBudget
  private let stops = Atomic(false)

  /// Begins to listen.
  ///
  /// - Parameter port: the port, or 0 for any that is free.
  /// - Throws: `ServerError`.
  public init(host: String, port: Int, limits: Limits = Limits()) throws {
    listener = try ListeningSocket.open(host: host, port: port)
    self.port = ListeningSocket.port(of: listener)
    self.limits = limits
    budget = ByteBudget(limits.bytes)
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else {
      close(listener)
      throw ServerError.cannotListen(host: host, port: port, reason: systemReason())
    }
    waking = ends
  }

  deinit { ([listener] + waking).forEach { close($0) } }

  /// How many connections are open.
  public var connections: Int { open.withLock(\.count) }

  /// Whether the server was stopped, and answers what it has accepted only.
  public var isStopping: Bool { stops.load(ordering: .relaxed) }

  /// What is done with requests, by several threads at once.
  public struct Handler: Sendable {
    /// Answers a request.
    let answer: @Sendable (HTTPRequest) -> HTTPResponse
    /// Takes note of a response that was sent, to a request unless none could be read, and the seconds from the
    /// request's first byte on.
    let note: @Sendable (HTTPRequest?, HTTPResponse, Double) -> Void

    /// Creates a handler.
    public init(
      answer: @escaping @Sendable (HTTPRequest) -> HTTPResponse,
      note: @escaping @Sendable (HTTPRequest?, HTTPResponse, Double) -> Void = { _, _, _ in }
    ) {
      self.answer = answer
      self.note = note
    }
  }

  /// Answers requests until it is stopped, and then those that it has accepted.
  ///
  /// - Returns: whether all of them were answered in time.
  @discardableResult public func run(_ handler: Handler) -> Bool {
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
      begin(descriptor, handler)
    }
    // Whoever has connected already is answered; from then on the system refuses.
    _ = fcntl(listener, F_SETFL, O_NONBLOCK)
    while case let descriptor = accept(listener, nil, nil), descriptor >= 0 {
      begin(descriptor, handler)
    }
    shutdown(listener, Int32(SHUT_RDWR))
    let isDone = waitForConnections(limits.ending + limits.grace)
    open.withLock { $0.forEach { shutdown($0, Int32(SHUT_RDWR)) } }
    return waitForConnections(2) && isDone
  }

  /// Waits until no connection is open; returns whether it came to that.
  private func waitForConnections(_ seconds: Double) -> Bool {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while !open.withLock(\.isEmpty) {
      guard ContinuousClock.now < deadline else { return false }
      usleep(5_000)
    }
    return true
  }

  /// Has `run` return, also from a signal's handler.
  public func stop() {
    stops.store(true, ordering: .relaxed)
    // It stays there, and wakes everyone who waits.
    var byte: UInt8 = 0
    _ = write(waking[1], &byte, 1)
  }

  private func begin(_ descriptor: Int32, _ handler: Handler) {
    let connection = HTTPConnection(descriptor, limits, budget, stopping: waking[0])
    let isTaken = open.withLock { open in
      guard open.count < limits.connections else { return false }
      open.insert(descriptor)
      return true
    }
    guard isTaken else {
      let response = HTTPResponse.busy("Too many connections are open; try again later.")
      connection.send(response)
      handler.note(nil, response, 0)
      return connection.end()
    }
    Thread.detachNewThread { [self] in
      answer(connection, handler)
      open.withLock { _ = $0.remove(descriptor) }
      connection.end()
    }
  }

  private func answer(_ connection: HTTPConnection, _ handler: Handler) {
    var keepsAlive = true
    while keepsAlive {
      do throws(HTTPResponse) {
        guard let request = try connection.read() else { return }
        keepsAlive = request.isKeptAlive
        let response = handler.answer(request)
        keepsAlive = keepsAlive && !response.endsConnection && !isStopping
        let isSent = connection.send(
          response, keepsAlive: keepsAlive, hasBody: request.method != "HEAD")
        handler.note(request, response, seconds(since: connection.begun))
        guard isSent else { return }
      } catch {
        connection.send(error)
        handler.note(nil, error, seconds(since: connection.begun))
        return connection.drain()
      }
    }
  }

  private func seconds(since begun: ContinuousClock.Instant) -> Double {
    (ContinuousClock.now - begun) / .seconds(1)
  }
}

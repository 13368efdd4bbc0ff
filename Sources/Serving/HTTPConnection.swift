import Foundation
import Numbers

/// A client's connection, read and written within limits of time.
final class HTTPConnection: @unchecked Sendable {
  let descriptor: Int32
  private let limits: HTTPServer.Limits
  private let budget: ByteBudget
  /// Readable when the server stops.
  private let stopping: Int32
  /// What was read beyond the last request.
  private var rest = Data()
  /// The bytes of the budget that are held.
  private var held = 0
  private var buffer = [UInt8](repeating: 0, count: 32 << 10)
  /// When the last request's first byte was there.
  private(set) var begun = ContinuousClock.now

  init(_ descriptor: Int32, _ limits: HTTPServer.Limits, _ budget: ByteBudget, stopping: Int32) {
    self.descriptor = descriptor
    self.limits = limits
    self.budget = budget
    self.stopping = stopping
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    var one: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
    #if canImport(Darwin)
      setsockopt(descriptor, SOL_SOCKET, SO_NOSIGPIPE, &one, 4)
    #endif
  }

  func end() {
    budget.release(held)
    close(descriptor)
  }

  /// Reads the next request; nil where the client has gone, or sent nothing for too long.
  ///
  /// - Throws: the response that refuses it.
  func read() throws(HTTPResponse) -> HTTPRequest? {
    budget.release(held)
    held = 0
    guard !rest.isEmpty || waitForRequest() else { return nil }
    begun = .now
    let deadline = begun + .seconds(limits.seconds)
    let mark = Data("\r\n\r\n".utf8)
    var searched = 0
    var end = rest.range(of: mark)
    while end == nil {
      guard rest.count <= limits.head else {
        throw HTTPResponse.refusal(431, "The headers are larger than \(limits.head) bytes.")
      }
      searched = max(0, rest.count - 3)
      guard try receive(until: deadline) else { return nil }
      end = rest.range(of: mark, in: rest.startIndex + searched..<rest.endIndex)
    }
    guard let end, end.lowerBound - rest.startIndex <= limits.head else {
      throw HTTPResponse.refusal(431, "The headers are larger than \(limits.head) bytes.")
    }
    var request = try HTTPRequest(head: rest[..<end.lowerBound])
    let length = try request.bodyLength(atMost: limits.body)
    rest = Data(rest[end.upperBound...])
    if rest.count < length, request.headers["expect"]?.lowercased() == "100-continue" {
      guard write(Data("HTTP/1.1 100 Continue\r\n\r\n".utf8)) else { return nil }
    }
    while rest.count < length {
      guard try receive(until: deadline) else { return nil }
    }
    request.body = Data(rest.prefix(length))
    rest = Data(rest.dropFirst(length))
    return request
  }

  /// Receives more; returns whether the client is still there.
  ///
  /// - Throws: the response to a request that has begun and does not go on in time.
  private func receive(until deadline: ContinuousClock.Instant) throws(HTTPResponse) -> Bool {
    guard wait(for: POLLIN, until: deadline) else {
      throw HTTPResponse.refusal(
        408, "The request did not come within \(Int(clamping: limits.seconds)) s.")
    }
    let count = recv(descriptor, &buffer, buffer.count, 0)
    guard count > 0 else { return false }
    guard budget.take(count) else {
      var response = HTTPResponse.busy("The server's memory for requests is used up; try again.")
      response.endsConnection = true
      throw response
    }
    held += count
    rest.append(contentsOf: buffer[..<count])
    return true
  }

  /// Waits for a request's first byte; returns whether one came.
  ///
  /// When the server stops, a request that is on its way is waited for a little.
  private func waitForRequest() -> Bool {
    let deadline = ContinuousClock.now + .seconds(limits.seconds)
    guard wait(for: POLLIN, until: deadline, or: stopping) else { return false }
    return wait(for: POLLIN, until: .now + .seconds(limits.grace), atLeastOnce: true)
  }

  /// Sends a response; returns whether the client has taken it.
  @discardableResult
  func send(_ response: HTTPResponse, keepsAlive: Bool = false, hasBody: Bool = true) -> Bool {
    write(response.bytes(keepsAlive: keepsAlive, hasBody: hasBody))
  }

  private func write(_ data: Data) -> Bool {
    let deadline = ContinuousClock.now + .seconds(limits.seconds)
    #if canImport(Darwin)
      let flags: Int32 = MSG_DONTWAIT
    #else
      let flags = Int32(clamping: MSG_NOSIGNAL | MSG_DONTWAIT)
    #endif
    return data.withUnsafeBytes { bytes in
      var sent = 0
      while sent < bytes.count {
        let part = UnsafeRawBufferPointer(rebasing: bytes[sent...])
        let count = Foundation.send(descriptor, part.baseAddress, part.count, flags)
        if count > 0 {
          sent += count
        } else if errno == EAGAIN || errno == EINTR {
          guard wait(for: POLLOUT, until: deadline) else { return false }
        } else {
          return false
        }
      }
      return true
    }
  }

  /// Reads and forgets what a refused client still sends, for a second: a connection that is closed while bytes
  /// come in is reset, and the client would never see why.
  func drain() {
    shutdown(descriptor, Int32(SHUT_WR))
    let deadline = ContinuousClock.now + .seconds(min(1, limits.seconds))
    while wait(for: POLLIN, until: deadline), recv(descriptor, &buffer, buffer.count, 0) > 0 {}
  }

  /// Waits until the client can be read from or written to, or something else can be read.
  private func wait(
    for event: Int32, until deadline: ContinuousClock.Instant, or other: Int32 = -1,
    atLeastOnce: Bool = false
  ) -> Bool {
    var isFirst = atLeastOnce
    while true {
      let left = max(.zero, deadline - .now)
      guard left > .zero || isFirst else { return false }
      isFirst = false
      // A negative descriptor is skipped.
      var events = [
        pollfd(fd: descriptor, events: Int16(event), revents: 0),
        pollfd(fd: other, events: Int16(POLLIN), revents: 0),
      ]
      let milliseconds = Int32(clamping: (left / .milliseconds(1)).rounded(.up))
      let count = poll(&events, 2, milliseconds)
      if count > 0 { return true }
      if count < 0, errno != EINTR { return false }
    }
  }
}

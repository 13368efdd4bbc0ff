import Foundation
import Numbers

/// A client's connection, read and written within limits of time.
final class HTTPConnection: @unchecked Sendable {
  let descriptor: Int32
  private let seconds: Double
  /// What was read beyond the last request.
  private var rest = Data()

  init(_ descriptor: Int32, seconds: Double) {
    self.descriptor = descriptor
    self.seconds = seconds
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    var one: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
    #if canImport(Darwin)
      setsockopt(descriptor, SOL_SOCKET, SO_NOSIGPIPE, &one, 4)
    #endif
  }

  func end() { close(descriptor) }

  /// Reads the next request; nil where the client has gone, or sent nothing for too long.
  ///
  /// - Throws: the response that refuses it.
  func read(_ limits: HTTPServer.Limits) throws(HTTPResponse) -> HTTPRequest? {
    let deadline = ContinuousClock.now + .seconds(seconds)
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
      if rest.isEmpty { return false }
      throw HTTPResponse.refusal(
        408, "The request did not come within \(Int(clamping: seconds)) s.")
    }
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    guard count > 0 else { return false }
    rest.append(contentsOf: buffer[..<count])
    return true
  }

  /// Sends a response; returns whether the client has taken it.
  @discardableResult
  func send(_ response: HTTPResponse, keepsAlive: Bool = false, hasBody: Bool = true) -> Bool {
    write(response.bytes(keepsAlive: keepsAlive, hasBody: hasBody))
  }

  private func write(_ data: Data) -> Bool {
    let deadline = ContinuousClock.now + .seconds(seconds)
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
    let deadline = ContinuousClock.now + .seconds(min(1, seconds))
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    while wait(for: POLLIN, until: deadline), recv(descriptor, &buffer, buffer.count, 0) > 0 {}
  }

  private func wait(for event: Int32, until deadline: ContinuousClock.Instant) -> Bool {
    while true {
      let left = deadline - .now
      guard left > .zero else { return false }
      var events = [pollfd(fd: descriptor, events: Int16(event), revents: 0)]
      let milliseconds = Int32(clamping: (left / .milliseconds(1)).rounded(.up))
      let count = poll(&events, 1, milliseconds)
      if count > 0 { return true }
      if count < 0, errno != EINTR { return false }
    }
  }
}

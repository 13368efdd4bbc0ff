import Formatting
import Foundation
import Numbers

/// Sockets that listen.
public enum ListeningSocket {
  /// Opens a socket that listens.
  ///
  /// - Throws: `ServerError`.
  static func open(host: String, port: Int) throws(ServerError) -> Int32 {
    guard let number = UInt16(exactly: port) else { throw ServerError.badPort(port) }
    let code = attempt(host: host, port: number)
    if code.descriptor >= 0 { return code.descriptor }
    if code.reason == EADDRINUSE {
      throw ServerError.portInUse(port: port, free: nextFree(host: host, after: number))
    }
    throw ServerError.cannotListen(
      host: host, port: port,
      reason: code.reason == 0 ? "there is no such address" : systemReason(code.reason))
  }

  private static func attempt(
    host: String, port: UInt16
  ) -> (descriptor: Int32, reason: Int32) {
    var hints = addrinfo()
    hints.ai_flags = AI_PASSIVE
    #if canImport(Darwin)
      hints.ai_socktype = SOCK_STREAM
    #else
      hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    #endif
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, "\(port)", &hints, &found) == 0, let info = found?.pointee else {
      return (-1, 0)
    }
    defer { freeaddrinfo(found) }
    let descriptor = socket(info.ai_family, info.ai_socktype, info.ai_protocol)
    guard descriptor >= 0 else { return (-1, errno) }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    var one: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, 4)
    guard bind(descriptor, info.ai_addr, info.ai_addrlen) == 0, listen(descriptor, 128) == 0 else {
      defer { close(descriptor) }
      return (-1, errno)
    }
    return (descriptor, 0)
  }

  /// The first free port of the twenty after one.
  private static func nextFree(host: String, after port: UInt16) -> Int? {
    (1...20).lazy.compactMap { UInt16(exactly: Int(port) + $0) }.first { other in
      let descriptor = attempt(host: host, port: other).descriptor
      if descriptor >= 0 { close(descriptor) }
      return descriptor >= 0
    }
    .map { Int($0) }
  }

  static func port(of descriptor: Int32) -> Int {
    var address = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let code = withUnsafeMutableBytes(of: &address) { bytes in
      getsockname(descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), &length)
    }
    guard code == 0 else { return 0 }
    // Of IPv4 and IPv6 the port has the same place.
    return withUnsafeBytes(of: &address) { Int($0[2]) << 8 | Int($0[3]) }
  }
}

/// Why a server cannot listen.
public enum ServerError: DescribedError, Equatable {
  /// There are no such ports.
  case badPort(Int)
  /// Another program listens at the port.
  case portInUse(port: Int, free: Int?)
  /// The system refuses.
  case cannotListen(host: String, port: Int, reason: String)
  /// Other machines would reach it, and nobody has to say who they are.
  case needsToken(host: String)
  /// A token that can be guessed.
  case weakToken
  /// Some were not answered in time when the server ended.
  case unanswered

  /// One sentence: what, where, what to do.
  public var description: String {
    switch self {
    case .badPort(let port):
      "--port is \(port), but must be from 0 to 65535; 0 takes any that is free."
    case .portInUse(let port, let free):
      "Port \(port) is in use by another program; "
        + (free.map { "--port \($0) is free." } ?? "--port 0 takes any that is free.")
    case .cannotListen(let host, let port, let reason):
      "\(host) cannot be listened on at port \(port): \(reason). Choose another --host or --port."
    case .needsToken(let host):
      "--host \(host) can be reached from other machines, so it needs a --token that they give: "
        + "a secret of at least 16 characters, also taken from the variable RONDO_TOKEN."
    case .weakToken:
      "The token must have at least 16 characters, all of them letters, digits, '-' or '_'; "
        + "'openssl rand -hex 16' makes one."
    case .unanswered:
      "The server ended before all requests that it had accepted were answered."
    }
  }
}

import ArgumentParser
import Foundation
import Numbers
import Serving
import Synchronization

/// Where a command's server listens, and who may ask it.
struct ListeningOptions: ParsableArguments {
  @Option(
    name: [.long, .customLong("address")],
    help: "The address to listen on; one that other machines can reach needs a token.")
  var host = "127.0.0.1"
  @Option(help: "The secret that clients must give; also taken from RONDO_TOKEN.")
  var token: String?

  /// Begins to listen.
  ///
  /// - Throws: `ServerError`.
  func listen(
    at port: Int, _ limits: HTTPServer.Limits = .init(), takesPrograms: Bool = false
  ) throws -> Listener {
    let token =
      token ?? ProcessInfo.processInfo.environment["RONDO_TOKEN"].flatMap { $0.isEmpty ? nil : $0 }
    // What is wrong with the token is said before the port is taken.
    _ = try AccessRules(host: host, port: port, token: token)
    let server = try HTTPServer(host: host, port: port, limits: limits)
    let rules = try AccessRules(
      host: host, port: server.port, token: token, takesPrograms: takesPrograms)
    let name = host.contains(":") ? "[\(host)]" : host
    return Listener(
      server: server, rules: rules,
      address: "http://\(name):\(server.port)/" + (token == nil ? "" : "?token=TOKEN"))
  }
}

/// A server that listens.
struct Listener {
  let server: HTTPServer
  let rules: AccessRules
  /// Where it is found, as it is shown.
  let address: String

  /// Lets SIGINT and SIGTERM stop the server.
  func stopAtSignals() {
    InheritedSignals.letThrough()
    for number in [SIGINT, SIGTERM] {
      signal(number) { _ in isEnding.store(true, ordering: .relaxed) }
    }
    Thread.detachNewThread { [server] in
      while !isEnding.load(ordering: .relaxed) { usleep(100_000) }
      server.stop()
    }
  }
}

private let isEnding = Atomic(false)

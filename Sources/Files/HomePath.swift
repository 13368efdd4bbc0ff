import Foundation

/// Returns a path with the home folder in the place of a `~` or `~USER` that it begins with, as shells have it.
///
/// A shell does so itself for an argument, but not behind the `=` of `--data=~/photos`, nor in a file of settings; and
/// Foundation does it in some of its functions only. The name of no user is left as it is.
///
///     withHome("~/photos")     // "/home/ann/photos"
///     withHome("./~/photos")   // "./~/photos"
///
/// - Parameter environment: where `HOME` is looked up.
public func withHome(
  _ path: String, environment: [String: String] = ProcessInfo.processInfo.environment
) -> String {
  guard path.hasPrefix("~") else { return path }
  let user = path.dropFirst().prefix { $0 != "/" }
  let home: String?
  if user.isEmpty {
    home = environment["HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? NSHomeDirectory()
  } else {
    home = getpwnam(String(user)).flatMap { $0.pointee.pw_dir }.map { String(cString: $0) }
  }
  guard let home else { return path }
  let rest = path.dropFirst(1 + user.count)
  return home.hasSuffix("/") ? home + rest.dropFirst() : home + rest
}

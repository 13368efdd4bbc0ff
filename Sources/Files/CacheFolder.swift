import Foundation

/// The folder for what can be had again: `RONDO_CACHE`, or else `rondo` in the user's folder for caches.
public enum CacheFolder {
  /// Returns the path that an environment says.
  ///
  /// - Source: freedesktop.org, XDG Base Directory Specification: a path that is not absolute is ignored.
  public static func path(
    _ environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> String {
    func named(_ variable: String) -> String? {
      environment[variable].flatMap { $0.isEmpty ? nil : $0 }
    }
    if let own = named("RONDO_CACHE") { return withHome(own, environment: environment) }
    let caches = named("XDG_CACHE_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
    return (caches ?? withHome("~/.cache", environment: environment)) + "/rondo"
  }
}

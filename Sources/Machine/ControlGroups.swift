import Foundation

/// The control groups of a process, as `/proc/PID/cgroup` lists them: `NUMBER:CONTROLLERS:PATH`.
///
/// A group's limit holds for all groups below it. In version 2 number and controllers are `0` and nothing.
enum ControlGroups {
  /// A folder in which the files of a group that limits something lie.
  enum Folder {
    case version1(String)
    case version2(String)
  }

  /// What this process's groups are, and nothing on systems without them.
  static var ofThisProcess: String {
    (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)) ?? ""
  }

  /// Where control groups are mounted.
  static let mount = "/sys/fs/cgroup"

  /// The folders of the groups that limit what a controller does, and of those above them.
  static func folders(_ controller: String, groups: String, mount: String) -> [Folder] {
    groups.split(separator: "\n").flatMap { line -> [Folder] in
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { return [] }
      let controllers = parts[1].split(separator: ",")
      let paths = ancestors(of: String(parts[2]))
      if parts[0] == "0", controllers.isEmpty { return paths.map { .version2(mount + $0) } }
      guard controllers.contains(controller[...]) else { return [] }
      return [mount + "/" + controller, "\(mount)/\(parts[1])"].flatMap { mount in
        paths.map { .version1(mount + $0) }
      }
    }
  }

  /// `/a/b`, `/a` and nothing for `/a/b`.
  private static func ancestors(of path: String) -> [String] {
    let parts = path.split(separator: "/")
    return (0...parts.count).map { parts.prefix($0).map { "/" + $0 }.joined() }
  }
}

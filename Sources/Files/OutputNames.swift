import Foundation

/// Names for the files that are written of others: each input's own stem, and numbered where two would
/// meet.
///
/// A stem that is an input's own goes to the first input that has it; the others are numbered past all names
/// that are taken, whatever the order. Names are compared as the least particular file system does, and by
/// all of the files that are written under them: with ends of `.png` and `-overlay.png`, `c.png` takes
/// `c-overlay.png` too.
///
///     OutputNames.of(["a-2.png", "a.png", "other/a.png"], ends: [".png"])    // ["a-2", "a", "a-3"]
public enum OutputNames {
  /// Returns a name for each of the inputs, in their order.
  ///
  /// - Parameter ends: what the names of the files written of one input end with.
  public static func of(_ inputs: [String], ends: [String]) -> [String] {
    let stems = inputs.map(stem)
    var taken: Set<String> = []
    func take(_ name: String) -> Bool {
      let files = ends.map { foldedFileName(name + $0) }
      guard taken.isDisjoint(with: files) else { return false }
      taken.formUnion(files)
      return true
    }
    var names = stems.map { take($0) ? $0 : nil }
    var last: [String: Int] = [:]
    for (index, stem) in stems.enumerated() where names[index] == nil {
      var number = last[stem, default: 1] + 1
      while !take("\(stem)-\(number)") { number += 1 }
      last[stem] = number
      names[index] = "\(stem)-\(number)"
    }
    return names.compactMap { $0 }
  }

  private static func stem(_ path: String) -> String {
    let name = (path as NSString).lastPathComponent as NSString
    let stem = name.deletingPathExtension
    return stem.isEmpty ? name as String : stem
  }
}

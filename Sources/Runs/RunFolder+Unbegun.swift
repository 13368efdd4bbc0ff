import Foundation

/// Folders of runs that were refused before their first update.
extension RunFolder {
  /// Removes a folder that was just made for a run, or for several, unless something was trained in it.
  ///
  /// A folder with a checkpoint, a row in `metrics.csv`, or a file that Rondo does not write before a run's first
  /// update stays as it is.
  ///
  /// - Returns: whether it was removed.
  public static func removeUnbegun(_ url: URL) -> Bool {
    isUnbegun(url, below: 2) && (try? FileManager.default.removeItem(at: url)) != nil
  }

  private static let namesBeforeTraining: Set = [
    ".lock", "advice.json", "comparison.json", "config.yaml", "data.tsv", "files.json",
    "folds.json",
    "plan.json", "range-test.csv", "samples.json",
  ]

  /// - Parameter levels: how many levels of folders may be below it: runs, and their checkpoints.
  private static func isUnbegun(_ url: URL, below levels: Int) -> Bool {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: url.path) else {
      return false
    }
    return names.allSatisfy { name in
      let file = url.appendingPathComponent(name)
      if namesBeforeTraining.contains(name) || name.hasPrefix("events.out.tfevents.") {
        return true
      }
      if name == "metrics.csv" { return (try? MetricsTable.read(file))?.rows.isEmpty ?? false }
      // The initial weights.
      if name == RunFolder(url).checkpoint(at: 0).lastPathComponent { return true }
      return levels > 0 && isUnbegun(file, below: levels - 1)
    }
  }
}

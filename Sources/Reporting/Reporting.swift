import Runs

/// The report of a run.
public enum Report {
  /// Writes `report.html` into a run's folder, from the folder's files.
  public static func write(for folder: RunFolder) throws {}
}

import Formatting
import Foundation
import Numbers

/// What can go wrong with a run's files.
public enum RunError: Error, Equatable {
  /// A folder that cannot be made or written into.
  case cannotWrite(path: String, reason: String)
  /// A disk that has no room for a checkpoint, in bytes; and whether the run may lie elsewhere, since it has none yet.
  case noRoom(path: String, needed: Int, free: Int, mayMove: Bool)
  /// A file that cannot be read.
  case cannotRead(path: String, reason: String)
  /// A name that no run folder can have.
  case badName(String)
  /// A folder that is no run, and by what that shows.
  case notARun(path: String, reason: String = "it has no config.yaml")
  /// A folder of runs, such as that of all folds, instead of one run's; and the runs in it.
  case severalRuns(path: String, runs: [String])
  /// Another process works on the run.
  case locked(path: String, holder: String)
  /// A line of a table that cannot be read.
  case badLine(path: String, line: Int, reason: String)
  /// A key that a configuration does not know.
  case unknownKey(path: String, line: Int?, key: String, nearest: String?)
  /// A metric that a run's table does not have, those that it has, and the nearest of them.
  case noMetric(String, path: String, known: [String], nearest: String?)
  /// A checkpoint that is neither a file nor one of a run's, and the newest of those.
  case noCheckpoint(String, folder: String, newest: String?)
  /// A configuration that is no mapping, or a value of the wrong kind.
  case badConfiguration(path: String, line: Int? = nil, reason: String)
}

extension RunError: DescribedError {
  /// One sentence: what, where, what to do.
  public var description: String {
    switch self {
    case .cannotWrite(let path, let reason):
      "\(path) cannot be written: \(reason). Choose another folder, free space, or change the permissions."
    case .noRoom(let path, let needed, let free, let mayMove):
      "\(path) has no room for a checkpoint: one takes about \(formattedBytes(needed)), and \(formattedBytes(free)) are "
        + "free. Free space there" + (mayMove ? ", or choose another folder (--runs)." : ".")
    case .cannotRead(let path, let reason):
      "\(path) cannot be read: \(reason)."
    case .badName(let name):
      "--name is '\(name)', but must be the name of one folder, without '/'; "
        + "--runs says where it is made."
    case .notARun(let path, let reason):
      "\(path) is not a run folder: \(reason). Name a folder such as runs/NAME-1."
    case .severalRuns(let path, let runs):
      "\(path) is not a run folder, but holds \(runs.count == 1 ? "one" : "\(runs.count) of them"). Name "
        + (runs.count == 1 ? "it: " : "one of them: ")
        + listed(runs.map { "\(path)/\($0)" }, atMost: 3) + "."
    case .locked(let path, let holder):
      "\(path) is in use by another process (\(holder)); wait for it, or stop it."
    case .badLine(let path, let line, let reason):
      "\(path), line \(line): \(reason)."
    case .unknownKey(let path, let line, let key, let nearest):
      "\(path)" + (line.map { ", line \($0)" } ?? "") + ": there is no setting '\(key)'"
        + (nearest.map { "; did you mean '\($0)'?" } ?? "; remove the line.")
    case .noMetric(let name, let path, let known, let nearest):
      "There is no metric '\(name)' in \(path)" + (nearest.map { "; did you mean '\($0)'?" } ?? ".")
        + " It has \(known.joined(separator: ", "))."
    case .noCheckpoint(let name, let folder, let newest):
      "There is no checkpoint \(name): it is neither a file nor in \(folder)/checkpoints"
        + (newest.map { ", whose newest is \($0)." } ?? ", which has none.")
    case .badConfiguration(let path, let line, let reason):
      path + (line.map { ", line \($0)" } ?? "") + ": \(reason)."
    }
  }
}

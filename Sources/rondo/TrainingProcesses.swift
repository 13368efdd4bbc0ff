#if LIBTORCH
  import Foundation
  import Runs
  import Torch

  /// This process among those that train a run together, as a launcher started them; or by itself.
  enum TrainingProcesses {
    /// Runs a body together with the other processes, of which the first one speaks.
    ///
    /// - Parameter timeout: seconds for which they wait for one another.
    static func join(timeout: Double, _ body: () throws -> Void) throws {
      guard let launched = try LaunchedProcess(), launched.size > 1 else { return try body() }
      // Until they have met, each says what is wrong.
      let group = try ProcessGroup(
        rank: launched.rank, size: launched.size, localSize: launched.localSize,
        at: launched.meeting, timeout: timeout)
      Console.isSilent = group.rank > 0
      LandingSignals.pauseAtTermination()
      do {
        try ProcessGroup.$current.withValue(group) { try body() }
      } catch {
        let cause = group.cause(of: error)
        if case GroupError.lost(let ranks, let size, _) = cause {
          // Where the first is lost, the next one speaks.
          Console.isSilent = (0..<size).first { !ranks.contains($0) } != group.rank
        }
        throw cause
      }
    }

    /// The run's folder: one that the first process makes or opens, and in the others a folder for nothing that lasts.
    static func folder(_ make: () throws -> RunFolder) throws -> RunFolder {
      let path = try ProcessGroup.shared { try make().url.relativePath }
      if ProcessGroup.isFirst { return RunFolder(URL(fileURLWithPath: path)) }
      let folder = RunFolder(
        FileManager.default.temporaryDirectory.appendingPathComponent("rondo-\(UUID().uuidString)"))
      try folder.make()
      return folder
    }

    /// Removes the folder of a process that is not the first.
    static func leave(_ folder: RunFolder) {
      guard !ProcessGroup.isFirst else { return }
      try? FileManager.default.removeItem(at: folder.url)
    }

    private static let key = "folder"

    /// Leaves a note of the run's folder, for when the launcher starts the processes again.
    static func remember(_ folder: RunFolder) {
      guard let group = ProcessGroup.current, ProcessGroup.isFirst else { return }
      // Without the note they begin anew.
      try? group.post(folder.url.path, as: key, outlivesRestarts: true)
    }

    /// The folder of the run that these processes were training before they were started again, if they were.
    static func remembered() throws -> String? {
      guard let group = ProcessGroup.current else { return nil }
      return try ProcessGroup.sharedIfAny { try group.posted(key, outlivesRestarts: true) }
    }
  }
#endif

#if LIBTORCH
  import Foundation
  import Runs
  import Torch

  /// The folder of a run or a comparison, which of several processes only the first one has.
  enum WorkFolder {
    /// Returns the folder that the first process makes or opens, and in the others a folder for nothing that lasts.
    static func make(_ make: () throws -> URL) throws -> URL {
      let path = try ProcessGroup.broadcastFromFirst { try make().relativePath }
      if ProcessGroup.isFirst { return URL(fileURLWithPath: path) }
      let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("rondo-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      return folder
    }

    /// Removes the folder of a process that is not the first.
    static func leave(_ folder: URL) {
      guard !ProcessGroup.isFirst else { return }
      try? FileManager.default.removeItem(at: folder)
    }

    /// Lets a body work in a folder; where it is refused before the first update, a folder that was made for it goes
    /// away again.
    static func use<Value>(
      _ folder: URL, isNew: Bool, _ body: () throws -> Value
    ) throws -> Value {
      do { return try body() } catch {
        if isNew, ProcessGroup.isFirst, ExitStatus.of(error) == .badInput,
          RunFolder.removeUnbegun(folder)
        {
          Console.info("nothing was saved yet: \(folder.relativePath) is removed")
        }
        throw error
      }
    }

    private static let key = "folder"

    /// Leaves a note of the folder, for when the launcher starts the processes again.
    static func remember(_ folder: URL) {
      guard let group = ProcessGroup.current, ProcessGroup.isFirst else { return }
      // Without the note they begin anew.
      try? group.post(folder.path, as: key, outlivesRestarts: true)
    }

    /// The folder that these processes filled before they were started again, if they were.
    static func remembered() throws -> String? {
      guard let group = ProcessGroup.current else { return nil }
      return try ProcessGroup.broadcastFromFirstIfAny { try group.posted(key, outlivesRestarts: true) }
    }
  }
#endif

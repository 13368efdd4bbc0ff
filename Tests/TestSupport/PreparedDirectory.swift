import Foundation
import Synchronization

/// A folder that a suite's tests begin with, prepared by the first of them that asks: each test that changes it gets
/// a copy, and those that only read share it.
///
///     private static let trained = PreparedDirectory { try train(in: $0) }
///     private let directory: TemporaryDirectory
///     init() throws { directory = try Self.trained.copy() }
public final class PreparedDirectory: Sendable {
  /// The prepared folders, of which no test is the last owner; they go away with the process.
  private static let all = Mutex<[URL]>([])
  private static let removesAll: Bool = {
    atexit {
      for url in PreparedDirectory.all.withLock({ $0 }) {
        try? FileManager.default.removeItem(at: url)
      }
    }
    return true
  }()

  private let prepared: Mutex<Result<TemporaryDirectory, any Error>?> = Mutex(nil)
  private let prepare: @Sendable (TemporaryDirectory) throws -> Void

  /// Creates a folder that the body will fill.
  public init(_ prepare: @escaping @Sendable (TemporaryDirectory) throws -> Void) {
    self.prepare = prepare
  }

  /// Returns the folder itself, to be read.
  ///
  /// - Throws: what preparing it threw, at each call.
  public func shared() throws -> TemporaryDirectory {
    try prepared.withLock { prepared in
      let result =
        prepared
        ?? Result {
          let directory = TemporaryDirectory()
          if Self.removesAll { Self.all.withLock { $0.append(directory.url) } }
          try prepare(directory)
          return directory
        }
      prepared = result
      return result
    }.get()
  }

  /// Returns a copy of the folder.
  ///
  /// - Throws: what preparing it threw, at each call.
  public func copy() throws -> TemporaryDirectory {
    let original = try shared()
    let copy = TemporaryDirectory()
    for name in try FileManager.default.contentsOfDirectory(atPath: original.url.path) {
      try FileManager.default.copyItem(at: original.url(name), to: copy.url(name))
    }
    return copy
  }
}

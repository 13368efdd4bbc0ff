import Files
import Formatting
import Foundation
import Numbers

/// A record that is kept as JSON in a run's folder.
public enum RecordFile {
  /// Reads a record; nil where there is no such file.
  ///
  /// - Parameters:
  ///   - remedy: what to do about a damaged one, as the end of a sentence.
  ///   - fits: whether its numbers fit each other, and can be meant.
  ///   - fault: the first number that cannot be meant, in words; nil for a sound record.
  /// - Throws: `RunError` for a file that cannot be read, or is damaged.
  public static func read<Record: Decodable>(
    _ file: URL, remedy: String, where fits: (Record) -> Bool = { _ in true },
    fault: (Record) -> String? = { _ in nil }
  ) throws -> Record? {
    guard isThere(file.path) else { return nil }
    let text: String
    do throws(TextFile.Fault) { text = try TextFile.read(file.path) } catch {
      throw RunError.cannotRead(path: file.path, reason: "\(error); \(remedy)")
    }
    func damaged(_ reason: String? = nil) -> RunError {
      let reason = reason.map { " (\($0))" } ?? ""
      return .badConfiguration(path: file.path, reason: "it is damaged\(reason); \(remedy)")
    }
    let record: Record
    do { record = try JSONText.read(Record.self, from: Data(text.utf8)) } catch {
      throw damaged((error as? DecodingError).flatMap(ConfigurationFile.value(in:)))
    }
    guard fits(record) else { throw damaged() }
    if let fault = fault(record) { throw damaged(fault) }
    return record
  }

  /// Writes a record, over several lines.
  ///
  /// - Throws: `FileError`.
  public static func write(_ record: some Encodable, to file: URL) throws {
    try AtomicFile.write(try JSONText.data(record, isPretty: true), to: file)
  }
}

/// What several runs have in common, as it is kept in the folder that has theirs.
public protocol SeriesRecord: Codable {
  /// The file's name in the folder.
  static var fileName: String { get }
  /// The command that makes such a folder.
  static var command: String { get }
}

extension SeriesRecord {
  /// The file in a folder.
  public static func file(in folder: URL) -> URL { folder.appendingPathComponent(fileName) }

  /// Whether a folder has such a record.
  public static func isThere(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: file(in: URL(fileURLWithPath: path)).path)
  }

  /// Reads the record of a folder.
  ///
  /// - Throws: `RunError`, also for a folder that has none.
  public static func read(from folder: URL) throws -> Self {
    let remedy = "name a folder that '\(command)' made"
    guard let record: Self = try RecordFile.read(file(in: folder), remedy: remedy) else {
      throw RunError.cannotRead(
        path: file(in: folder).path, reason: "it does not exist; \(remedy)")
    }
    return record
  }

  /// Writes the record into a folder.
  ///
  /// - Throws: `FileError`.
  public func write(to folder: URL) throws {
    try RecordFile.write(self, to: Self.file(in: folder))
  }
}

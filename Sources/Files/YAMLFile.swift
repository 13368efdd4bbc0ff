import Formatting
import Yams

/// A YAML file of one document.
public struct YAMLFile {
  /// The file's text.
  public let text: String
  /// The document; nil where there is none.
  public let node: Node?

  /// Why a file is no YAML.
  public enum Fault: Error, Equatable {
    /// The file is not text that can be read.
    case notText(TextFile.Fault)
    /// The line, from 1, and what is wrong there.
    case notYAML(line: Int, reason: String)
  }

  /// Reads a file.
  ///
  /// - Throws: `Fault`.
  public init(_ path: String) throws(Fault) {
    do throws(TextFile.Fault) {
      text = try TextFile.read(path, atMost: TextFile.maximumBytesOfSettings)
    } catch { throw .notText(error) }
    do { node = try Yams.compose(yaml: text) } catch { throw Self.fault(error) }
  }

  private static func fault(_ error: any Error) -> Fault {
    switch error as? YamlError {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      .notYAML(line: mark.line, reason: "it is not YAML (\(problem))")
    case .duplicatedKeysInMapping(let keys, let context):
      .notYAML(
        line: context.mark.line,
        reason:
          "\(keys.map { "'\($0)'" }.joined(separator: ", ")) is written twice here; remove one")
    default: .notYAML(line: 1, reason: "it is not YAML")
    }
  }
}

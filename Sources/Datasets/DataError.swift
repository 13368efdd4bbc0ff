import Foundation

/// What can be wrong with a data set.
public enum DataError: Error, Equatable {
  /// A name that is neither a known data set nor a folder.
  case unknown(name: String, known: [String], nearest: String?)
  /// A known data set that does not lie where it was looked for.
  case absent(name: String, lookedIn: [String], remedy: String)
  /// A folder that holds none of the files that were looked for.
  case missingFile(folder: String, lookedFor: [String])
  /// A file that cannot be read.
  case unreadable(file: String, reason: String)
  /// A file that is not what its name says, or not whole.
  case malformed(file: String, reason: String)
  /// Images and labels that do not belong together.
  case countsDiffer(images: String, count: Int, labels: String, labelCount: Int)
  /// A label that no class has.
  case labelOutOfRange(file: String, index: Int, label: Int, classes: Int)
}

extension DataError: CustomStringConvertible, LocalizedError {
  /// One sentence: what, where, what to do.
  public var description: String {
    switch self {
    case .unknown(let name, let known, let nearest):
      "'\(name)' is neither a data set nor a folder"
        + (nearest.map { "; did you mean '\($0)'?" } ?? ".")
        + " Known are: \(known.joined(separator: ", "))."
    case .absent(let name, let places, let remedy):
      "\(name) is not here: looked in \(places.joined(separator: ", ")). \(remedy)"
    case .missingFile(let folder, let names):
      "\(folder) has no \(names.joined(separator: " or ")); name the folder that has it."
    case .unreadable(let file, let reason):
      "\(file) cannot be read: \(reason)."
    case .malformed(let file, let reason):
      "\(file) is damaged or of another kind: \(reason). Fetch it anew."
    case .countsDiffer(let images, let count, let labels, let labelCount):
      "\(images) has \(count) images, but \(labels) has \(labelCount) labels; they do not belong "
        + "together."
    case .labelOutOfRange(let file, let index, let label, let classes):
      "\(file): label \(label) of image \(index) is beyond the \(classes) classes."
    }
  }

  /// The same sentence.
  public var errorDescription: String? { description }
}

import Foundation

/// An error that says in one sentence what is wrong, where, and what to do.
///
///     enum FileError: Error { case absent(String) }
///     extension FileError: DescribedError { var description: String { ... } }
///     error.localizedDescription    // the sentence too
public protocol DescribedError: CustomStringConvertible, LocalizedError {}

extension DescribedError {
  /// The sentence, for who asks Foundation.
  public var errorDescription: String? { description }
}

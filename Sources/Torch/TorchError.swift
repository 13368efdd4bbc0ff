import CTorch
import Formatting
import Foundation

/// A failed operation on tensors.
public struct TorchError: Error, Equatable, Sendable {
  /// The operation's name.
  public let operation: String
  /// The shapes of the tensors it was given, in order.
  public let shapes: [[Int]]
  /// LibTorch's reason, in one line.
  public let reason: String

  /// Creates an error.
  public init(operation: String, shapes: [[Int]], reason: String) {
    self.operation = operation
    self.shapes = shapes
    self.reason = reason
  }

  /// Whether there was not the memory for it, on a processor or a card.
  public var isOutOfMemory: Bool {
    ["can't allocate memory", "out of memory", "bad_alloc"].contains(where: reason.contains)
  }
}

extension TorchError: DescribedError {
  /// One sentence: the operation, the shapes, the reason; where memory ran out, what takes less of it.
  public var description: String {
    let given =
      shapes.isEmpty ? "" : " of " + shapes.map { "\($0)" }.joined(separator: " and ")
    return "\(operation)\(given) failed: \(reason)" + (remedy.map { "; " + $0 } ?? "")
  }

  /// What to do, where that is known.
  private var remedy: String? {
    if isOutOfMemory {
      return "a smaller --batch-size, a smaller --image-size or a smaller model needs less memory"
    }
    if reason.contains("more than one value for each channel") {
      return "a larger --batch-size or --image-size gives more, and --frozen-norm needs none"
    }
    return nil
  }
}

/// Runs the body, and throws the first failure of an operation in it.
///
/// Operations on tensors do not throw, so that a model reads like mathematics. One that fails gives
/// an empty tensor, on which further operations do nothing, and its failure is kept for the thread.
/// The enclosing scope throws it: one scope an update, one a batch of evaluation.
///
///     let loss = try checked { crossEntropy(model(images), labels).item() }
///
/// - Throws: the first `TorchError` of this thread since the last scope ended, or else what the body
///   throws.
public func checked<Result>(_ body: () throws -> Result) throws -> Result {
  do {
    let result = try body()
    if let failure = Failures.take() { throw failure }
    return result
  } catch {
    // A failed operation makes what follows it fail too: the first one is the cause.
    throw Failures.take() ?? error
  }
}

/// The first failure of each thread that no scope has thrown yet.
enum Failures {
  private static let key = "rondo.torch.failure"

  static func record(_ failure: @autoclosure () -> TorchError) {
    let dictionary = Thread.current.threadDictionary
    if dictionary[key] == nil { dictionary[key] = failure() }
  }

  static func take() -> TorchError? {
    let dictionary = Thread.current.threadDictionary
    guard let failure = dictionary[key] as? TorchError else { return nil }
    dictionary.removeObject(forKey: key)
    return failure
  }

  /// Turns the shim's message into words: its first line, without its source positions.
  static func reason(from message: UnsafeMutablePointer<CChar>?) -> String {
    guard let message else { return "no reason was given" }
    defer { ct_free_message(message) }
    let text = String(cString: message)
    return text.split(separator: "\n").first.map(String.init) ?? text
  }
}

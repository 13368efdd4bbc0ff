import Formatting
import Foundation

/// Why a trained model cannot be evaluated on some data, or its predictions cannot be used.
public enum EvaluationError: Error, Equatable {
  /// Data with a class that the run was not trained on.
  case unknownClass(name: String, data: String, known: [String], nearest: String?)
  /// Data whose images have another shape than the run's, as [height, width, channels].
  case otherShape(data: String, shape: [Int], wanted: [Int])
  /// An image of another size than those of the run, which stay as they are, as [width, height].
  case otherSize(image: String, size: [Int], wanted: [Int])
  /// Masks of other classes than the run's.
  case otherClasses(data: String, classes: [String], known: [String])
  /// A network whose predictions are NaN.
  case notFinite(checkpoint: String)
  /// More predictions asked for than there are classes.
  case topOutOfRange(asked: Int, classes: Int)
  /// A list of images in which there is none.
  case noImages(String)
  /// A file or folder of images that is not there.
  case absent(String)
  /// Images that could not be read, and have no prediction.
  case leftOut(Int, of: Int)
}

extension EvaluationError: DescribedError {
  /// One sentence: what, where, and what to do.
  public var description: String {
    switch self {
    case .unknownClass(let name, let data, let known, let nearest):
      "\(data) has a class '\(name)' that the run was not trained on"
        + (nearest.map { "; is it '\($0)'?" } ?? ".")
        + " The run's classes are \(known.prefix(10).joined(separator: ", "))"
        + (known.count > 10 ? " and \(known.count - 10) more." : ".")
    case .otherShape(let data, let shape, let wanted):
      "\(data) has images of \(Self.text(shape)), but the run was trained on \(Self.text(wanted)); "
        + "name data of that shape."
    case .otherSize(let image, let size, let wanted):
      "\(image) has \(size[0])x\(size[1]) pixels, but the images of the run, which are not square and stay as they are, "
        + "have \(wanted[0])x\(wanted[1]); resize it, or take it out."
    case .otherClasses(let data, let classes, let known):
      "\(data) has masks of \(classes.joined(separator: ", ")), but the run was trained on "
        + "\(known.joined(separator: ", ")); name data of these classes."
    case .notFinite(let checkpoint):
      "The model in \(checkpoint) predicts NaN: its training has diverged; choose an "
        + "earlier checkpoint with --checkpoint."
    case .topOutOfRange(let asked, let classes):
      "--top is \(asked), but must be from 1 to \(classes), the number of the run's classes."
    case .noImages(let position):
      "\(position) has no image that can be read; name files, folders, or '-' for a list on standard input."
    case .absent(let path):
      "\(path) does not exist; name files, folders, or '-' for a list on standard input."
    case .leftOut(let count, let all):
      count == all
        ? "no image could be read (\(count) left out), so there is no prediction."
        : "\(count) of \(all) images could not be read and were left out; the others have their predictions."
    }
  }

  private static func text(_ shape: [Int]) -> String {
    "\(shape[0])x\(shape[1]) pixels and \(shape[2]) " + (shape[2] == 1 ? "channel" : "channels")
  }
}

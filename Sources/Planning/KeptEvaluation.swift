import Foundation
import Runs

/// What judging a checkpoint found, as every task has it: to be told, kept with its run, and reported.
public protocol KeptEvaluation: Encodable {
  /// The checkpoint that was judged.
  var checkpoint: String { get }
  /// The data that it was judged on.
  var data: String { get }
  /// The number of images judged.
  var images: Int { get }
  /// Images that were left out, because they are broken.
  var broken: Int { get }
  /// The figures as text.
  var text: String { get }
  /// The same without pictures, for a program that reads figures.
  var withoutPictures: Self { get }
}

extension KeptEvaluation {
  /// Writes `evaluation.json`.
  public func write(to folder: RunFolder) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(try encoder.encode(self), to: folder.evaluation)
  }
}

extension RunEvaluation: KeptEvaluation {}
extension SegmentationEvaluation: KeptEvaluation {}
extension DetectionEvaluation: KeptEvaluation {}

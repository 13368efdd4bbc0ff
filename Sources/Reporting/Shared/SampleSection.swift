import Foundation
import Planning

/// The part of a report that shows what the network sees.
enum SampleSection {
  /// Returns the pictures with their classes, and in words what was done to them.
  static func html(_ record: RunRecord) -> String {
    guard let samples = record.samples, !samples.images.isEmpty else { return "" }
    let small = samples.size.allSatisfy { $0 <= 64 }
    let figures = samples.images.map { image in
      let words = escaped(image.words)
      return "<figure><img alt=\"\(words)\" src=\"data:image/png;base64,"
        + "\(image.png.base64EncodedString())\"><figcaption>\(words)</figcaption></figure>"
    }
    let changes = samples.changes ?? record.plan.map { words(for: $0.settings) } ?? []
    let sentence =
      "The first training images as the run changed them"
      + (changes.isEmpty ? "; nothing is changed." : ": \(changes.joined(separator: ", ")).")
    return "<h2>What the network sees</h2><p>\(escaped(sentence))</p>"
      + "<div class=\"samples\(small ? " small" : "")\">\(figures.joined())</div>"
  }

  private static func words(for settings: RunSettings) -> [String] {
    var words: [String] = []
    if let share = settings.cropShare {
      words.append("random parts of \(share.lowerBound) to \(share.upperBound) of the area")
    }
    if let padding = settings.cropPadding, padding > 0 {
      words.append("shifted by up to \(padding) pixels")
    }
    if settings.flip == true { words.append("half of them mirrored") }
    if let reaches = settings.colorReaches {
      let names = ["brightness", "contrast", "saturation", "hue"]
      let changed = zip(names, reaches).filter { $1 > 0 }.map { "\($0) by up to \($1)" }
      words.append(contentsOf: changed)
    }
    if let numbers = settings.randAugmentNumbers {
      words.append("RandAugment \(numbers.operations) times at magnitude \(numbers.magnitude)")
    }
    if let cutout = settings.cutout, cutout > 0 {
      words.append("\(cutout) by \(cutout) pixels painted over")
    }
    if let mixup = settings.mixup, mixup > 0 { words.append("blended by mixup \(mixup)") }
    if let cutmix = settings.cutmix, cutmix > 0 { words.append("pasted by cutmix \(cutmix)") }
    return words
  }
}

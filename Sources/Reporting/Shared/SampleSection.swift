import Foundation
import Planning
import Settings

/// The part of a report that shows what the network sees.
enum SampleSection {
  /// Returns the pictures with their classes, and in words what was done to them.
  static func html(_ record: RunRecord) -> String {
    guard let samples = record.samples, !samples.images.isEmpty else { return "" }
    let small = samples.size.allSatisfy { $0 <= 64 }
    let figures = samples.images.map { image in
      let captions = escaped(image.caption)
      return "<figure><img alt=\"\(captions)\" src=\"data:image/png;base64,"
        + "\(image.png.base64EncodedString())\"><figcaption>\(captions)</figcaption></figure>"
    }
    let changes = samples.changes ?? record.plan.map { captions(for: $0.settings) } ?? []
    let sentence =
      "The first training images after augmentation"
      + (changes.isEmpty ? "; no augmentation." : ": \(changes.joined(separator: ", ")).")
    return "<h2>Training samples</h2><p>\(escaped(sentence))</p>"
      + "<div class=\"samples\(small ? " small" : "")\">\(figures.joined())</div>"
  }

  private static func captions(for settings: ResolvedSettings) -> [String] {
    let own = settings.augmentation
    var captions: [String] = []
    if let share = own.cropScale?.range {
      captions.append("random crops of \(share.lowerBound) to \(share.upperBound) of the area")
    }
    if own.cropPadding > 0 { captions.append("shifted by up to \(own.cropPadding) pixels") }
    if own.flip { captions.append("half flipped horizontally") }
    if let jitter = own.colorJitter {
      let strengths = [
        ("brightness", jitter.brightness), ("contrast", jitter.contrast),
        ("saturation", jitter.saturation), ("hue", jitter.hue),
      ]
      captions += strengths.filter { $0.1 > 0 }.map { "\($0.0) by up to \($0.1)" }
    }
    if let choice = own.randAugment {
      captions.append("RandAugment \(choice.operations) times at magnitude \(choice.magnitude)")
    }
    if own.cutout > 0 { captions.append("\(own.cutout) by \(own.cutout) pixels painted over") }
    if own.mixup > 0 { captions.append("blended by mixup \(own.mixup)") }
    if own.cutmix > 0 { captions.append("pasted by cutmix \(own.cutmix)") }
    return captions
  }
}

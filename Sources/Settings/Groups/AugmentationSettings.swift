// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// Each setting is documented by its own help text.

import Datasets
import Numbers

/// How training images are changed.
public struct AugmentationSettings: SettingsGroup {
  public static let schema = Schema(
    "Augmentation", "Changes to training images; evaluation images are never changed.", Self())

  public let flip = Setting<Bool>(
    "flip", "Flip half of the training images horizontally.", default: false)
  public let cropPadding = Setting<Int>(
    "crop-padding", "Shift images by up to so many pixels.", .in(0...64), default: 0,
    for: [.classify])
  public let cropScale = Setting<NumberRange?>(
    "crop-scale", "Train on a random part of an image, from LEAST to MOST of its area: 0.08,1.",
    AllowedValues("two shares of the area, above 0 and at most 1, the lower first: 0.08,1") {
      $0.range.lowerBound > 0 && $0.range.upperBound <= 1
    }, for: [.classify])
  public let scaleJitter = Setting<NumberRange?>(
    "scale-jitter", "Scale images from LEAST to MOST: 0.75,1.5.",
    AllowedValues("two scales from 0.1 to 10, the lower first, or 1,1 for none of it: 0.75,1.5") {
      $0.range.lowerBound >= 0.1 && $0.range.upperBound <= 10
    }, defaultDescription: "by the data", for: [.segment, .detect])
  public let colorJitter = Setting<ColorJitter?>(
    "color-jitter", "Change BRIGHTNESS,CONTRAST,SATURATION,HUE by up to these: 0.4,0.4,0.4,0.1.",
    AllowedValues(ColorJitter.expected) { _ in true })
  public let randAugment = Setting<RandAugment?>(
    "rand-augment", "RandAugment: OPERATIONS an image of a MAGNITUDE from 0 to 30: 2,9.",
    AllowedValues(RandAugment.expected) { _ in true }, for: [.classify])
  public let mixup = Setting<Double>(
    "mixup", "Blend images in pairs; the parameter of the Beta distribution, 0.2, or 0 for none.",
    .beta, default: 0, for: [.classify],
    needs: .mixup)
  public let cutmix = Setting<Double>(
    "cutmix",
    "Paste images into one another; the parameter of the Beta distribution, 1, or 0 for none.",
    .beta, default: 0, for: [.classify],
    needs: .cutmix)
  public let cutout = Setting<Int>(
    "cutout", "Fill a square of so many pixels a side with the mean color.", .in(0...1024),
    default: 0, for: [.classify])
  public let rotation = Setting<Double>(
    "rotation", "Rotate images by up to so many degrees.", .in(0...180, " degrees"), default: 0,
    defaultDescription: "by the data", for: [.segment])
  public let rotate90 = Setting<Bool>(
    "rotate-90", older: "turn",
    "Rotate by 90 degrees and flip vertically, for images without a canonical orientation.",
    default: false, defaultDescription: "by the data", for: [.segment, .detect])
  public let elastic = Setting<Double>(
    "elastic", "Elastic deformation by about so many pixels.", .in(0...64, " pixels"), default: 0,
    defaultDescription: "by the data", for: [.segment])
  public let mosaic = Setting<Double>(
    "mosaic", "The share of training images that are mosaics of four.", .in(0...1), default: 0,
    for: [.detect])
}

extension AllowedValues<Double> {
  /// The parameter of a Beta distribution, or 0.
  fileprivate static var beta: Self {
    Self("from 0.01 to 100, or 0 for none") { $0 == 0 || (0.01...100).contains($0) }
  }
}

extension SettingNeed {
  fileprivate static var mixup: SettingNeed { SettingNeed { pairs($0, $0.augmentation.mixup) } }
  fileprivate static var cutmix: SettingNeed { SettingNeed { pairs($0, $0.augmentation.cutmix) } }

  /// Two images in a batch, for what is made of pairs of them.
  private static func pairs(_ settings: RunSettings, _ strength: Double?) -> String? {
    (strength ?? 0) > 0 && settings.budget.batchSize?.images == 1
      ? "left out with --batch-size 1: it mixes the images of a batch" : nil
  }
}

/// Two numbers, of which the first is not above the second: `0.75,1.5`.
public struct NumberRange: Sendable, Hashable {
  /// What lies between them.
  public let range: ClosedRange<Double>

  /// Creates a range.
  public init(_ range: ClosedRange<Double>) { self.range = range }
}

extension NumberRange: SettingText {
  /// Reads `0.75,1.5`.
  public init?(_ text: String) {
    guard let bounds = numbers(in: text), bounds.count == 2, bounds[0] <= bounds[1] else {
      return nil
    }
    range = bounds[0]...bounds[1]
  }

  /// The text from which it reads back.
  public var description: String { "\(range.lowerBound),\(range.upperBound)" }

  /// What the text must look like.
  public static var expected: String { "two numbers, the lower first: 0.75,1.5" }
}

extension ColorJitter: SettingText {
  /// Reads strengths of brightness, contrast, saturation and hue; 0 for those left out at the end.
  public init?(_ text: String) {
    guard var strengths = numbers(in: text), (1...4).contains(strengths.count),
      strengths.allSatisfy({ $0 >= 0 })
    else { return nil }
    strengths += Array(repeating: 0, count: 4 - strengths.count)
    guard strengths[3] <= 0.5 else { return nil }
    self.init(
      brightness: strengths[0], contrast: strengths[1], saturation: strengths[2], hue: strengths[3])
  }

  /// The text from which it reads back.
  public var description: String { "\(brightness),\(contrast),\(saturation),\(hue)" }

  /// What the text must look like.
  public static var expected: String {
    "up to four numbers, for brightness, contrast, saturation and hue, none below 0 and the hue at most "
      + "0.5: 0.4,0.4,0.4,0.1"
  }
}

extension RandAugment: SettingText {
  /// Reads the number of operations and their magnitude: `2,9`.
  public init?(_ text: String) {
    guard let numbers = numbers(in: text), numbers.count == 2,
      let operations = Int(exactly: numbers[0]), (1...14).contains(operations),
      let magnitude = Int(exactly: numbers[1]), Self.magnitudes.contains(magnitude)
    else { return nil }
    self.init(operations: operations, magnitude: magnitude)
  }

  /// The text from which it reads back.
  public var description: String { "\(operations),\(magnitude)" }

  /// What the text must look like.
  public static var expected: String {
    "the operations an image, from 1 to 14, and their magnitude, from 0 to 30: 2,9"
  }
}

// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// Each setting is documented by its own help text.

import Datasets

/// How training images are changed.
public struct AugmentationSettings: SettingsGroup {
  public static let schema = Schema(
    "Augmentation", "How training images are changed; others never are.", Self())

  public let flip = Setting<Bool>(
    "flip", "Flip half of the training images horizontally.", default: false)
  public let cropPadding = Setting<Int>(
    "crop-padding", "Shift images by up to so many pixels.", .in(0...64), default: 0,
    for: [.classify])
  public let cropScale = Setting<NumberRange?>(
    "crop-scale", "Train on a random part of an image, from LEAST to MOST of its area: 0.08,1.",
    Allowed("two shares of the area, above 0 and at most 1, the lower first: 0.08,1") {
      $0.range.lowerBound > 0 && $0.range.upperBound <= 1
    }, for: [.classify])
  public let scaleJitter = Setting<NumberRange?>(
    "scale-jitter", "Scale images from LEAST to MOST: 0.75,1.5.",
    Allowed("two scales from 0.1 to 10, the lower first, or 1,1 for none of it: 0.75,1.5") {
      $0.range.lowerBound >= 0.1 && $0.range.upperBound <= 10
    }, otherwise: "by the data", for: [.segment, .detect])
  public let colorJitter = Setting<ColorJitter?>(
    "color-jitter", "Change BRIGHTNESS,CONTRAST,SATURATION,HUE by up to these: 0.4,0.4,0.4,0.1.",
    Allowed(ColorJitter.expected) { _ in true })
  public let randAugment = Setting<RandAugment?>(
    "rand-augment", "RandAugment: OPERATIONS an image of a MAGNITUDE from 0 to 30: 2,9.",
    Allowed(RandAugment.expected) { _ in true }, for: [.classify])
  public let mixup = Setting<Double>(
    "mixup", "Blend images in pairs; the parameter of the Beta distribution, 0.2, or 0 for none.",
    .beta, default: 0, for: [.classify])
  public let cutmix = Setting<Double>(
    "cutmix",
    "Paste images into one another; the parameter of the Beta distribution, 1, or 0 for none.",
    .beta, default: 0, for: [.classify])
  public let cutout = Setting<Int>(
    "cutout", "Paint over a square with sides of so many pixels.", .in(0...1024), default: 0,
    for: [.classify])
  public let rotation = Setting<Double>(
    "rotation", "Rotate images by up to so many degrees.", .in(0...180, " degrees"), default: 0,
    otherwise: "by the data", for: [.segment])
  public let turn = Setting<Bool>(
    "turn",
    "Rotate by multiples of 90 degrees and flip vertically, for images without an upright side.",
    default: false, otherwise: "by the data", for: [.segment, .detect])
  public let elastic = Setting<Double>(
    "elastic", "Elastic deformation by about so many pixels.", .in(0...64, " pixels"), default: 0,
    otherwise: "by the data", for: [.segment])
  public let mosaic = Setting<Double>(
    "mosaic", "The share of training images that are mosaics of four.", .in(0...1), default: 0,
    for: [.detect])
}

extension Allowed<Double> {
  /// The parameter of a Beta distribution, or 0.
  fileprivate static var beta: Self {
    Self("from 0.01 to 100, or 0 for none") { $0 == 0 || (0.01...100).contains($0) }
  }
}

import Numbers

/// How the pixels of an image at another size are made of the old ones.
///
/// - Source: Pillow's `Image.resize` with `BILINEAR` and `BICUBIC`, torchvision's with `antialias=True`.
public enum Interpolation: String, Sendable, Hashable, CaseIterable {
  /// By a triangle, as wide as two new pixels where they become fewer.
  case bilinear
  /// By a cubic with the parameter -0.5, twice as wide.
  case bicubic

  /// How far it reaches, in pixels of the coarser image.
  var support: Double { self == .bilinear ? 1 : 2 }

  /// The weight of an old pixel at a distance from a new one.
  ///
  /// - Source: Keys, *Cubic Convolution Interpolation for Digital Image Processing* (1981), equation 4.
  func weight(at distance: Double) -> Double {
    switch self {
    case .bilinear: max(0, 1 - distance)
    case .bicubic where distance < 1: (1.5 * distance - 2.5) * distance * distance + 1
    case .bicubic where distance < 2: ((-0.5 * distance + 2.5) * distance - 4) * distance + 2
    case .bicubic: 0
    }
  }
}

// MARK: In the metadata of a file of weights

extension Interpolation {
  private static let key = "interpolation"

  /// Nothing for `bilinear`, which older files do not mention.
  var metadata: [String: String] { self == .bilinear ? [:] : [Self.key: rawValue] }

  /// Reads the word; nil for one that is not known.
  init?(metadata: [String: String]) {
    guard let word = metadata[Self.key] else {
      self = .bilinear
      return
    }
    self.init(rawValue: word)
  }
}

import Numbers

extension MaskAugmentation {
  /// What is done to crops, for display.
  public var descriptions: [String] {
    Mirroring(across: flips, down: verticalFlips).descriptions
      + (rotates90 ? ["rotated by multiples of 90 degrees"] : [])
      + (rotation > 0 ? ["rotated by up to \(rounded(rotation)) degrees"] : [])
      + scaled(scale)
      + (elastic > 0 ? ["elastic deformation of about \(rounded(elastic)) pixels"] : [])
      + (colorJitter?.descriptions ?? [])
  }
}

extension BoxAugmentation {
  /// What is done to images, for display.
  public var descriptions: [String] {
    Mirroring(across: flips, down: verticalFlips).descriptions
      + (rotates90 ? ["rotated by multiples of 90 degrees"] : [])
      + scaled(scale)
      + (mosaic > 0 ? ["\(rounded(100 * mosaic)) % mosaics of four"] : [])
      + (colorJitter?.descriptions ?? [])
  }
}

extension ColorJitter {
  /// What is changed, and by how much, for display.
  public var descriptions: [String] {
    [
      ("brightness", brightness), ("contrast", contrast), ("saturation", saturation), ("hue", hue),
    ]
    .filter { $0.1 > 0 }.map { "\($0) by up to \(rounded($1))" }
  }
}

private struct Mirroring {
  let across, down: Bool

  var descriptions: [String] {
    switch (across, down) {
    case (true, true): ["half flipped horizontally, half flipped vertically"]
    case (true, false): ["half flipped horizontally"]
    case (false, true): ["half flipped vertically"]
    case (false, false): []
    }
  }
}

private func scaled(_ scale: ClosedRange<Double>) -> [String] {
  scale == 1...1
    ? [] : ["scaled by \(rounded(scale.lowerBound)) to \(rounded(scale.upperBound))"]
}

/// A number without a fraction of nothing.
private func rounded(_ value: Double) -> String {
  value == value.rounded() ? "\(Int(clamping: value))" : "\(value)"
}

import Numbers

extension MaskAugmentation {
  /// What is done to crops, for people.
  public var words: [String] {
    Mirroring(across: flips, down: verticalFlips).words + (turns ? ["turned by quarters"] : [])
      + (rotation > 0 ? ["turned by up to \(rounded(rotation)) degrees"] : [])
      + scaled(scale) + (elastic > 0 ? ["bent by some \(rounded(elastic)) pixels"] : [])
      + (colorJitter?.words ?? [])
  }
}

extension BoxAugmentation {
  /// What is done to images, for people.
  public var words: [String] {
    Mirroring(across: flips, down: verticalFlips).words + (turns ? ["turned by quarters"] : [])
      + scaled(scale)
      + (mosaic > 0 ? ["\(rounded(100 * mosaic)) % put together of four"] : [])
      + (colorJitter?.words ?? [])
  }
}

extension ColorJitter {
  /// What is changed, and by how much, for people.
  public var words: [String] {
    [
      ("brightness", brightness), ("contrast", contrast), ("saturation", saturation), ("hue", hue),
    ]
    .filter { $0.1 > 0 }.map { "\($0) by up to \(rounded($1))" }
  }
}

private struct Mirroring {
  let across, down: Bool

  var words: [String] {
    switch (across, down) {
    case (true, true): ["half of them mirrored, and half upended"]
    case (true, false): ["half of them mirrored"]
    case (false, true): ["half of them upended"]
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

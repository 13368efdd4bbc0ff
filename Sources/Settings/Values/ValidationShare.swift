/// Which training images are held out for validation, on which a run chooses.
public enum ValidationShare: Sendable, Hashable {
  /// No images are held out.
  case none
  /// A share of the training images, above 0 and below 1.
  case share(Double)

  /// The share; nil where none is held out.
  public var share: Double? {
    if case .share(let share) = self { share } else { nil }
  }
}

extension ValidationShare: SettingText {
  /// Reads `0.1`, `10%` or `none`.
  public init?(_ text: String) {
    guard text.lowercased() != "none" else {
      self = .none
      return
    }
    let isPercent = text.hasSuffix("%")
    guard let number = Double(isPercent ? String(text.dropLast()) : text) else { return nil }
    let share = isPercent ? number / 100 : number
    guard share > 0, share < 1 else { return nil }
    self = .share(share)
  }

  /// The text from which it reads back.
  public var description: String { share.map { "\($0)" } ?? "none" }

  /// What the text must look like.
  public static var expected: String {
    "a share of the training images above 0 and below 1, such as 0.1, or none"
  }
}

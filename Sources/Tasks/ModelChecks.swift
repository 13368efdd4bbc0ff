import Planning
import Settings
import Vision

extension ResolvedSettings {
  /// Checks that the model has what the settings choose for it.
  ///
  /// - Throws: `SettingsError` naming the models that have it.
  func check(against model: ModelName) throws {
    func check(_ value: Double?, _ key: String, _ what: String, _ has: (ModelName) -> Bool) throws {
      guard let value, value > 0, !has(model) else { return }
      let others = ModelName.allCases.filter(has).map(\.rawValue).joined(separator: ", ")
      throw SettingsError.outOfRange(
        key: key, value: "\(value)",
        allowed: "left out for \(model.rawValue), which has no \(what); it is for \(others)")
    }
    try check(self.optimizer.dropout, "dropout", "dropout", \.hasDropout)
    try check(
      self.optimizer.stochasticDepth, "stochastic-depth", "blocks to be passed by",
      \.hasStochasticDepth)
  }
}

extension ModelName {
  /// Checks that images are large enough.
  ///
  /// - Throws: `SettingsError` with the smallest size.
  func check(width: Int, height: Int) throws {
    guard min(width, height) < smallestImage else { return }
    throw SettingsError.outOfRange(
      key: "model", value: rawValue,
      allowed: "one for images of \(width)x\(height) pixels; it needs \(smallestImage)x"
        + "\(smallestImage) at least (--image-size)")
  }
}

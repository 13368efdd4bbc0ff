import Planning
import Settings
import Vision

extension ResolvedSettings {
  /// Checks that the model has what the settings choose for it.
  ///
  /// - Throws: `SettingsError` naming the models that have it.
  func check(against model: ClassifierEntry) throws {
    func check(_ value: Double?, _ key: String, _ what: String, _ has: (ClassifierEntry) -> Bool)
      throws
    {
      guard let value, value > 0, !has(model) else { return }
      let others = Models.classifiers.entries.filter(has).map(\.name).joined(separator: ", ")
      throw SettingsError.outOfRange(
        key: key, value: "\(value)",
        allowed: "left out for \(model.name), which has no \(what); it is for \(others)")
    }
    try check(self.optimizer.dropout, "dropout", "dropout") { $0.dropout != nil }
    try check(
      self.optimizer.stochasticDepth, "stochastic-depth", "stochastic depth"
    ) { $0.stochasticDepth != nil }
  }
}

extension ClassifierEntry {
  /// Checks that images are large enough.
  ///
  /// - Throws: `SettingsError` with the smallest size.
  func check(width: Int, height: Int) throws {
    guard min(width, height) < smallestImage else { return }
    throw SettingsError.outOfRange(
      key: "model", value: name,
      allowed: "one for images of \(width)x\(height) pixels; it needs \(smallestImage)x"
        + "\(smallestImage) at least (--image-size)")
  }
}

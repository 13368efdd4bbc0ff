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
      throw SettingsError.notAllowed(
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
  /// Checks that images are large enough, and have sides that are multiples of the patch size.
  ///
  /// - Throws: `SettingsError` with the smallest size, or the nearest that fits.
  func check(width: Int, height: Int) throws {
    guard min(width, height) >= smallestImage else {
      throw SettingsError.notAllowed(
        key: "model", value: name,
        allowed: "one for images of \(width)x\(height) pixels; it needs \(smallestImage)x"
          + "\(smallestImage) at least (--image-size)")
    }
    guard width % patch == 0, height % patch == 0 else {
      throw SettingsError.notAllowed(
        key: "model", value: name,
        allowed:
          "one for images of \(width)x\(height) pixels; it needs sides that \(patch) divides "
          + "(--image-size \(min(width, height) / patch * patch))")
    }
  }

  /// A line that says that position embeddings are interpolated for images of this size; nil where they are not.
  func positionLine(width: Int, height: Int) -> String? {
    guard let side = positionedImage, width != side || height != side else { return nil }
    return
      "\(name): its position embeddings, for images of \(side)x\(side) pixels, are interpolated"
  }
}

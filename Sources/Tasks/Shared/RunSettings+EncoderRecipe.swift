import Settings
import Vision

extension RunSettings {
  /// Fills in the recipe for fine-tuning of a segmenter or a detector whose encoder begins with trained weights, where
  /// none other was typed.
  ///
  /// The optimizer is the task's, AdamW with every encoder: what lies on the encoder begins at random.
  ///
  /// - Parameters:
  ///   - model: the model's name.
  ///   - family: the kind of its encoder; nil for a model that stands on none, and keeps the task's recipe.
  ///   - images: the training images of an epoch; of masks the crops.
  /// - Throws: `SettingsError` for the recipe with a model that stands on no encoder.
  mutating func fillForFineTuning(
    _ typed: RunSettings, _ model: String, on family: ClassifierEntry.Family?, images: Int
  ) throws {
    guard self.model.weights != nil, typed.model.recipe != .fromScratch else { return }
    guard let family else {
      guard typed.model.recipe == nil else {
        throw SettingsError.notAllowed(
          key: "recipe", value: RecipeName.fineTuning.rawValue,
          allowed: "left out with --model \(model), which stands on no encoder")
      }
      self.model.recipe = .fromScratch
      return
    }
    let batch = self.resolved.budget.batchSize
    self = replaced(
      by: RunSettings {
        $0.model.recipe = .fineTuning
        // A frozen encoder stays as it is, its statistics too.
        $0.model.frozenNorm = typed.trainsHeadAlone || FineTuning.keepsNorms(batch: batch)
        $0.budget.epochs = FineTuning.epochs(images: images)
        if !typed.trainsHeadAlone { $0.optimizer.layerDecay = FineTuning.layerDecay(family) }
      }, except: typed)
    try check()
  }
}

extension RunSettings {
  /// Fills in what a run of an older version had that these settings lack, so that it goes on as it was: the validation
  /// images, the recipe and the preprocessing of its weights.
  ///
  /// - Parameter isNew: whether it has no checkpoint yet.
  public mutating func fillOlderDefaults(isNew: Bool) {
    self.data.validation = self.data.validation ?? ValidationShare.none
    if self.model.weights != nil { self.model.recipe = self.model.recipe ?? .fromScratch }
    if isNew { fillLegacyPreprocessing() }
    keepOneLength()
  }

  /// Leaves out the lengths that an older version wrote beside the one that counted.
  public mutating func keepOneLength() {
    guard self.budget.openEnded != true else { return }
    if self.budget.steps != nil { (self.budget.minutes, self.budget.maxMinutes) = (nil, nil) }
    if self.budget.steps != nil || self.budget.minutes != nil { self.budget.epochs = nil }
    if self.budget.minutes != nil { self.budget.maxMinutes = nil }
  }
}

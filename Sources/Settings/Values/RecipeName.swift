/// Where the settings come from that are not given.
public enum RecipeName: String, Sendable, SettingChoice {
  /// The recipe of the task, for weights that begin at random.
  case fromScratch = "from-scratch"
  /// The recipe for a model that begins with trained weights.
  case fineTuning = "fine-tuning"
}

extension RunSettings {
  /// Returns these settings with those of a recipe in their place, but for what was typed.
  ///
  /// Where a length was typed, the recipe's is left out.
  public func replaced(by recipe: RunSettings, except typed: RunSettings) -> RunSettings {
    let saysLength =
      typed.budget.openEnded == true
      || typed.values.keys.contains { Self.byKey[$0]?.budget == .length }
    var replaced = self
    for (key, value) in recipe.values where typed.values[key] == nil {
      if saysLength, Self.byKey[key]?.budget != nil { continue }
      replaced.values[key] = value
    }
    return replaced
  }

  /// Fills in what a run had that began before weights chose a recipe and their preprocessing, so that it goes on as it
  /// was.
  ///
  /// - Parameter isNew: whether it has no checkpoint yet.
  public mutating func fillLegacyDefaults(isNew: Bool) {
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

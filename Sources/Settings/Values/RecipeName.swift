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
}

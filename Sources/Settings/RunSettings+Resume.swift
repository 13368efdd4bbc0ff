extension RunSettings {
  /// Returns the settings with which a run continues: those of its configuration, and where it lacks some, those
  /// that the run was planned with.
  ///
  /// - Returns: the settings, and the keys that the configuration lacks.
  /// - Throws: `SettingsError.changed` for a setting that has another value than in the plan, unless it is
  ///   declared as one that may change.
  public func resumed(
    from planned: RunSettings
  ) throws -> (settings: RunSettings, lacking: [String]) {
    var settings = self
    var lacking: [String] = []
    for declaration in Self.declarations where !declaration.mayChange {
      let key = declaration.key
      let (now, before) = (values[key]?.text, planned.values[key]?.text)
      if now == nil, before != nil {
        settings.values[key] = planned.values[key]
        lacking.append(key)
      } else if now != before, now != declaration.defaultValue?.text || before != nil {
        throw SettingsError.changed(
          key: key, value: now ?? "", planned: before ?? declaration.defaultValue?.text)
      }
    }
    return (settings, lacking)
  }

  /// Whether what is measured before a run begins would be the same with other settings: those that may not change while
  /// it is trained are equal, and the weights that it begins with.
  public func hasSameMeasurements(as other: RunSettings) -> Bool {
    Self.declarations.filter { !$0.mayChange || $0.key == "weights" }.allSatisfy { declaration in
      func text(_ settings: RunSettings) -> String? {
        settings.values[declaration.key]?.text ?? declaration.defaultValue?.text
      }
      return text(self) == text(other)
    }
  }

  /// The texts of the settings that may not change while a run is trained, by their flags.
  public var lasting: [String: String] {
    let set = Self.declarations.filter { !$0.mayChange && values[$0.key] != nil }
    return Dictionary(
      set.map { ($0.flag, text($0.key) ?? "") }, uniquingKeysWith: { first, _ in first })
  }

  /// Those of the settings that may have other values when a run continues.
  public var changeable: RunSettings {
    var changeable = RunSettings()
    for declaration in Self.declarations where declaration.mayChange {
      changeable.values[declaration.key] = values[declaration.key]
    }
    return changeable
  }

  /// Those of the settings that keep their values while a run is trained.
  public var unchangeable: RunSettings {
    var unchangeable = self
    for key in Self.keysThatMayChange { unchangeable.values[key] = nil }
    return unchangeable
  }

  /// The keys of settings that may have other values when a run continues.
  static var keysThatMayChange: [String] { declarations.filter(\.mayChange).map(\.key) }
}

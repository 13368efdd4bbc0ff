/// Settings of a run that is made: every one has a value, but those that are declared as optional.
///
///     settings.machine.seed         // UInt64
///     settings.optimizer.clipNorm   // Double?
@dynamicMemberLookup
public struct ResolvedSettings: Sendable, Hashable {
  /// The settings in which each may still be open, as `config.yaml` holds them.
  public var open: RunSettings

  /// The settings of a group.
  public subscript<Group: SettingsGroup>(
    dynamicMember _: KeyPath<SettingsGroups, Group>
  ) -> ResolvedGroup<Group> { ResolvedGroup(values: open.values) }
}

/// A group's settings, which have values but for those that are declared as optional.
@dynamicMemberLookup
public struct ResolvedGroup<Group: SettingsGroup>: Sendable {
  fileprivate let values: [String: any SettingValue]

  /// A setting's value, or its declared default.
  public subscript<Value: Settable>(
    dynamicMember path: KeyPath<Group, Setting<Value>>
  ) -> Value.Resolved {
    let declaration = Group.schema.declaration(path)
    let given = (values[declaration.key] ?? declaration.defaultValue) as? Value.Given
    guard let value = Value.resolved(given) else {
      // Whoever declares a setting that is not optional declares its default.
      preconditionFailure("The setting \(declaration.key) has neither a value nor a default.")
    }
    return value
  }
}

extension RunSettings {
  /// These settings, with the declared default of each that is open.
  public var resolved: ResolvedSettings { ResolvedSettings(open: self) }
}

extension ResolvedSettings: Codable {
  /// Reads settings.
  public init(from decoder: any Decoder) throws { open = try RunSettings(from: decoder) }
  /// Writes the settings that are not open.
  public func encode(to encoder: any Encoder) throws { try open.encode(to: encoder) }
}

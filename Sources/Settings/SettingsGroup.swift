/// Settings that belong together: `--help` lists them under a heading, code reads them under a name.
public protocol SettingsGroup: Sendable {
  /// Its heading, and the settings in it.
  static var schema: Schema<Self> { get }
  /// Checks its settings against one another, and against those of other groups.
  ///
  /// - Throws: `SettingsError`.
  static func check(_ settings: RunSettings) throws
}

extension SettingsGroup {
  /// Accepts any combination of settings by default.
  public static func check(_ settings: RunSettings) throws {}
  /// Its settings in the order of their declaration.
  public static var declarations: [Declaration] { schema.declarations }
}

/// A group's heading, and the settings in it.
public struct Schema<Group: Sendable>: Sendable {
  /// The heading, which is also the group's name: `Learning rate`.
  public let title: String
  /// What the group is for, in one line.
  public let introduction: String
  /// The settings in the order of their declaration.
  public let declarations: [Declaration]
  private let group: Group

  /// Creates the schema of a group, whose settings a mirror finds.
  public init(_ title: String, _ introduction: String, _ group: Group) {
    self.title = title
    self.introduction = introduction
    self.group = group
    declarations = Mirror(reflecting: group).children.compactMap {
      ($0.value as? any DeclaredSetting)?.declaration
    }
  }

  func declaration<Value>(_ path: KeyPath<Group, Setting<Value>>) -> Declaration {
    group[keyPath: path].declaration
  }
}

private protocol DeclaredSetting { var declaration: Declaration { get } }
extension Setting: DeclaredSetting {}

/// The groups of settings, in the order in which help lists them.
///
/// A new group is one line here.
public struct SettingsGroups: Sendable {
  /// What a model is trained on.
  public let data = DataSettings()
  /// The network, its initial weights, and its loss.
  public let model = ModelSettings()
  /// How long a run is, and of what its updates are made.
  public let budget = BudgetSettings()
  /// How the learning rate moves.
  public let schedule = ScheduleSettings()
  /// The test that finds the learning rates that are not given.
  public let rangeTest = RangeTestSettings()
  /// The optimizer and regularization.
  public let optimizer = OptimizerSettings()
  /// How training images are changed.
  public let augmentation = AugmentationSettings()
  /// When and with which weights a model is evaluated.
  public let evaluation = EvaluationSettings()
  /// On what a run computes, and what makes it the same run again.
  public let machine = MachineSettings()

  /// The groups' types.
  public static let all: [any SettingsGroup.Type] =
    Mirror(reflecting: SettingsGroups()).children.compactMap {
      ($0.value as? any SettingsGroup).map { type(of: $0) }
    }
}

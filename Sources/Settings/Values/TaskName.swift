import Words

/// What a model learns to do.
public enum TaskName: String, Sendable, Hashable, SettingChoice {
  /// To tell which class an image belongs to.
  case classify
  /// To tell which class each pixel belongs to.
  case segment
  /// To find objects, their boxes and their classes.
  case detect

  /// Other systems' names.
  public static var aliases: [String: TaskName] {
    ["classification": .classify, "segmentation": .segment, "detection": .detect]
  }
}

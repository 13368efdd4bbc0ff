import Words

/// The task of a model.
public enum TaskName: String, Sendable, Hashable, SettingChoice {
  /// Classification: the class of an image.
  case classify
  /// Segmentation: the class of each pixel.
  case segment
  /// To find objects, their boxes and their classes.
  case detect

  /// Other systems' names.
  public static var aliases: [String: TaskName] {
    ["classification": .classify, "segmentation": .segment, "detection": .detect]
  }
}

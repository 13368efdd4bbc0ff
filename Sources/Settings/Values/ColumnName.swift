/// The name of a column of `metrics.csv`: `balanced_accuracy`, in any letter case, with `-` or spaces for `_`.
public struct ColumnName: SettingText {
  /// The name as the column has it.
  public let name: String

  /// Reads a name: `Balanced accuracy` and `balanced-accuracy` are `balanced_accuracy`.
  public init?(_ text: String) {
    name = text.lowercased().replacing("-", with: "_").replacing(" ", with: "_")
    if name.isEmpty { return nil }
  }

  /// The name, as the column has it.
  public var description: String { name }
  /// What the text must look like.
  public static var expected: String { "the name of a metric" }
}

extension String {
  /// Whether a dotted name is that of a part, or of something in it: `layer1` and `layer1.conv1.weight` are in `layer1`,
  /// and `layer10.conv1.weight` is not.
  public func isIn(_ part: String) -> Bool { self == part || hasPrefix(part + ".") }
}

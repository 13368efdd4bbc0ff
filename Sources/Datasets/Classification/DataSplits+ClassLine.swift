extension DataSplits {
  /// The classes' names for display, as `classes: cat, dog`; of many the first ones, and how many more.
  ///
  /// - Parameter names: the names, by label.
  public func classLine(_ names: [String]) -> String {
    let most = 30
    let rest = names.count - most
    return "classes: " + names.prefix(most).joined(separator: ", ")
      + (rest > 0 ? " and \(rest) more" : "")
  }
}

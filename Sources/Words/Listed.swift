/// Returns names in a line: the first ones, and how many more there are.
///
///     listed(["cat", "dog", "eel"], atMost: 2)    // "cat, dog and 1 more"
public func listed(_ names: [String], atMost most: Int = 20) -> String {
  let rest = names.count - most
  return names.prefix(most).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
}

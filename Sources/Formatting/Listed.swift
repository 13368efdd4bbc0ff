/// Returns names in a line: the first ones, and how many more there are.
///
///     listed(["cat", "dog", "eel"], atMost: 2)    // "cat, dog and 1 more"
public func listed(_ names: [String], atMost most: Int = 20) -> String {
  let rest = names.count - most
  return names.prefix(most).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
}

/// Returns what there is instead of an unknown word, in a line: all names, or of more than a dozen the three nearest to
/// it, how many others there are, and the command that lists them.
///
///     listed(["cat", "dog"], insteadOf: "eel", by: "zoo list")    // "cat, dog"
///     // "cat, car, bat and 10 others ('zoo list' lists them)"
public func listed(_ names: [String], insteadOf word: String, by command: String) -> String {
  guard names.count > 12 else { return names.joined(separator: ", ") }
  let nearest = nearest(3, to: word, among: names)
  return nearest.joined(separator: ", ")
    + " and \(names.count - nearest.count) others ('\(command)' lists them)"
}

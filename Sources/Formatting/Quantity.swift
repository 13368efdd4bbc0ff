/// Returns a number with its noun.
///
///     quantity(1, "image")                         // "1 image"
///     quantity(3, "class", plural: "classes")      // "3 classes"
public func quantity(_ count: Int, _ noun: String, plural: String? = nil) -> String {
  quantity("\(count)", noun, plural: plural)
}

/// Returns a number that is text already with its noun: `0.5 epochs`, `1 epoch`.
public func quantity(_ number: String, _ noun: String, plural: String? = nil) -> String {
  "\(number) " + (number == "1" ? noun : plural ?? noun + "s")
}

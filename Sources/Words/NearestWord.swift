/// Returns the known word that is most like another, if one is like it at all.
///
///     nearest(to: "triangluar", among: ["triangular", "one-cycle"])   // "triangular"
///
/// Likeness is Levenshtein's distance: letters changed, added or left out, at most a third of them.
public func nearest(to word: String, among known: [String]) -> String? {
  let distances = known.map { (word: $0, distance: distance(word.lowercased(), $0.lowercased())) }
  guard let best = distances.min(by: { $0.distance < $1.distance }) else { return nil }
  return best.distance <= max(1, max(word.count, best.word.count) / 3) ? best.word : nil
}

private func distance(_ a: String, _ b: String) -> Int {
  let (a, b) = (Array(a), Array(b))
  var row = Array(0...b.count)
  for i in a.indices {
    var diagonal = row[0]
    row[0] = i + 1
    for j in b.indices {
      let substituted = diagonal + (a[i] == b[j] ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substituted, row[j] + 1, row[j + 1] + 1)
    }
  }
  return row[b.count]
}

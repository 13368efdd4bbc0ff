/// Returns the known word that is most like another, if one is like it at all.
///
///     nearest(to: "triangluar", among: ["triangular", "one-cycle"])   // "triangular"
///
/// Likeness counts letters changed, added, left out, or exchanged with their neighbor: at most a
/// third of the word's.
///
/// - Source: Damerau (1964), in the form that touches no letter twice.
public func nearest(to word: String, among known: [String]) -> String? {
  // What is no word at all would be compared for long.
  guard word.utf8.count <= 200 else { return nil }
  let distances = known.map { (word: $0, distance: distance(word.lowercased(), $0.lowercased())) }
  guard let best = distances.min(by: { $0.distance < $1.distance }) else { return nil }
  let longest = max(word.count, best.word.count)
  // Words of one letter have nothing in common.
  return best.distance <= max(1, longest / 3) && best.distance < longest ? best.word : nil
}

/// Returns the known words that are most like another, however little that is, the most like it first.
public func nearest(_ count: Int, to word: String, among known: [String]) -> [String] {
  guard word.utf8.count <= 200 else { return Array(known.prefix(count)) }
  let distances = known.map { distance(word.lowercased(), $0.lowercased()) }
  let order = known.indices.sorted { (distances[$0], $0) < (distances[$1], $1) }
  return order.prefix(count).map { known[$0] }
}

private func distance(_ a: String, _ b: String) -> Int {
  let (a, b) = (Array(a), Array(b))
  // Rows of the table of distances between beginnings of the words: this one and the two before.
  var (earlier, last) = ([Int](), Array(0...b.count))
  for i in a.indices {
    var row = [i + 1]
    for j in b.indices {
      var least = min(last[j] + (a[i] == b[j] ? 0 : 1), row[j] + 1, last[j + 1] + 1)
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { least = min(least, earlier[j - 1] + 1) }
      row.append(least)
    }
    (earlier, last) = (last, row)
  }
  return last[b.count]
}

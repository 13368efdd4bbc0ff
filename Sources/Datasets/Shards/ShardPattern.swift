import Numbers

/// A name that stands for several, as the shell would write them out: `train-{000..127}.tar`, `{train,val}.tar`.
///
/// No name is made before it is asked for, so that a pattern of a million takes no memory.
///
///     ShardPattern("a-{08..10}.tar").names    // a-08.tar, a-09.tar, a-10.tar
struct ShardPattern {
  /// A piece of the pattern, with the texts that may stand in its place.
  private enum Piece {
    case words([Substring])
    case numbers(ClosedRange<Int>, digits: Int)

    var count: Int {
      switch self {
      case .words(let words): words.count
      case .numbers(let numbers, _): (numbers.upperBound - numbers.lowerBound).addingOrMax(1)
      }
    }

    func text(_ index: Int) -> String {
      switch self {
      case .words(let words): return String(words[index])
      case .numbers(let numbers, let width):
        let digits = String(numbers.lowerBound + index)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
      }
    }
  }

  private var pieces: [Piece] = []
  /// The number of names; the largest number where it is larger.
  let count: Int

  /// Reads a pattern; what is no list and no range of numbers stands for itself.
  init(_ pattern: String) {
    var rest = pattern[...]
    while let opening = rest.firstIndex(of: "{"),
      let closing = rest[opening...].firstIndex(of: "}"),
      let piece = Self.piece(rest[rest.index(after: opening)..<closing])
    {
      pieces += [.words([rest[..<opening]]), piece]
      rest = rest[rest.index(after: closing)...]
    }
    pieces.append(.words([rest]))
    count = pieces.reduce(1) { $0.multipliedOrMax(by: $1.count) }
  }

  private static func piece(_ inner: Substring) -> Piece? {
    let range = inner.split(separator: ".", omittingEmptySubsequences: false)
    if range.count == 3, range[1].isEmpty, let low = Int(range[0]), let high = Int(range[2]),
      low >= 0, low <= high
    {
      return .numbers(low...high, digits: range[0].count)
    }
    let words = inner.split(separator: ",", omittingEmptySubsequences: false)
    return words.count < 2 ? nil : .words(words)
  }

  /// The names in their order, of which the last piece changes fastest.
  var names: some RandomAccessCollection<String> { (0..<count).lazy.map(name) }

  private func name(_ number: Int) -> String {
    var rest = number
    var texts: [String] = []
    for piece in pieces.reversed() {
      texts.append(piece.text(rest % piece.count))
      rest /= piece.count
    }
    return texts.reversed().joined()
  }
}

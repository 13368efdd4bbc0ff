import Numbers

/// Which pixels are neighbors.
public enum Connectivity: Sendable, Hashable {
  /// Pixels that share a side.
  case four
  /// Pixels that share a side or a corner.
  case eight
}

extension LabelMap {
  /// Numbers the connected pieces of what is not background, from 1 in the order of their first pixel.
  ///
  /// Pixels of different labels are never of one piece; ignored ones belong to none and become 0.
  /// In one pass each pixel gets a provisional number, and where pieces meet their numbers are joined
  /// (union-find); a second pass puts down the final ones.
  ///
  /// - Precondition: there are fewer than 65,535 pieces, or those beyond are left out.
  public func connectedComponents(
    _ connectivity: Connectivity = .eight
  ) -> (map: LabelMap, count: Int) {
    var roots: [UInt32] = [0]
    var provisional = [UInt32](repeating: 0, count: labels.count)
    labels.withUnsafeBufferPointer { labels in
      provisional.withUnsafeMutableBufferPointer { pieces in
        for y in 0..<height {
          for x in 0..<width {
            let position = y * width + x
            let label = labels[position]
            guard label != 0, label != Self.ignored else { continue }
            var piece: UInt32 = 0
            func meet(_ other: Int) {
              guard labels[other] == label else { return }
              piece = piece == 0 ? pieces[other] : Self.join(&roots, piece, pieces[other])
            }
            if x > 0 { meet(position - 1) }
            if y > 0 {
              meet(position - width)
              if connectivity == .eight {
                if x > 0 { meet(position - width - 1) }
                if x + 1 < width { meet(position - width + 1) }
              }
            }
            if piece == 0 {
              piece = UInt32(roots.count)
              roots.append(piece)
            }
            pieces[position] = piece
          }
        }
      }
    }
    // A root is never behind those that it stands for, so one sweep settles all of them.
    var numbers = [UInt16](repeating: 0, count: roots.count)
    var count = 0
    for piece in 1..<max(1, roots.count) {
      let root = Int(roots[piece])
      if root == piece {
        count += 1
        numbers[piece] = UInt16(exactly: count).flatMap { $0 == Self.ignored ? nil : $0 } ?? 0
      } else {
        roots[piece] = roots[root]
        numbers[piece] = numbers[Int(roots[piece])]
      }
    }
    let final = LabelMap(
      width: width, height: height, labels: provisional.map { numbers[Int($0)] })
    return (final, min(count, Int(Self.ignored) - 1))
  }

  /// Joins two pieces under the lower of their roots, and returns it.
  private static func join(_ roots: inout [UInt32], _ a: UInt32, _ b: UInt32) -> UInt32 {
    func root(_ piece: UInt32) -> UInt32 {
      var piece = piece
      while roots[Int(piece)] != piece { piece = roots[Int(piece)] }
      return piece
    }
    let (first, second) = (root(a), root(b))
    let low = min(first, second)
    roots[Int(max(first, second))] = low
    roots[Int(a)] = low
    roots[Int(b)] = low
    return low
  }
}

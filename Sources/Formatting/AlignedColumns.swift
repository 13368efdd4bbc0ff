/// Returns rows of cells as lines whose columns stand under one another, two spaces apart; each cell is shown in one
/// line (`printable`).
///
///     alignedColumns([["class", "images"], ["cat", "7"]])    // ["class  images", "cat         7"]
///
/// - Parameter left: how many columns, from the first on, are names and begin at the left; the others
///   are numbers and end at the right.
public func alignedColumns(_ rows: [[String]], left: Int = 1) -> [String] {
  let rows = rows.map { $0.map(\.printable) }
  let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
  return rows.map { row in
    zip(row, widths).enumerated().map { column, cell in
      let space = String(repeating: " ", count: cell.1 - cell.0.count)
      return column < left ? cell.0 + space : space + cell.0
    }
    .joined(separator: "  ")
  }
}

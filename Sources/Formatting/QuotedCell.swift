/// Returns a cell of a table as RFC 4180 has it: quoted where it holds a comma, a quote or a line break.
///
/// A program that reads the table gets the very name back, control characters too.
public func quotedCell(_ cell: String) -> String {
  guard
    cell.unicodeScalars.contains(where: {
      ",\"".unicodeScalars.contains($0) || $0.isLineBreakOrControl
    })
  else { return cell }
  return "\"" + String(cell.unicodeScalars.map { $0 == "\"" ? "\"\"" : String($0) }.joined()) + "\""
}

/// Returns a cell of a table as RFC 4180 has it: in quotation marks where it holds a comma, one of them or a line
/// break.
///
///     quotedCell("a, b")    // "\"a, b\""
public func quotedCell(_ cell: String) -> String {
  guard cell.contains(where: { ",\"\r\n".contains($0) || $0.isNewline }) else { return cell }
  return "\"" + cell.replacing("\"", with: "\"\"") + "\""
}

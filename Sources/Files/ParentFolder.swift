/// The path of the folder that a file lies in: empty for a name alone, `/` for the root itself.
///
/// In the place of Foundation's `deletingLastPathComponent` of a string, which on Linux traps on a name of one
/// character.
public func parentFolder(of path: String) -> String {
  let slash = UInt8(ascii: "/")
  func trimmed(_ bytes: Substring.UTF8View) -> Substring.UTF8View {
    var rest = bytes
    while rest.last == slash, rest.dropLast().last != nil { rest.removeLast() }
    return rest
  }
  let bytes = trimmed(Substring(path).utf8)
  guard let last = bytes.lastIndex(of: slash) else { return "" }
  return String(Substring(trimmed(bytes[...last])))
}

import Formatting
import Numbers

extension Decoder {
  /// Throws if a mapping has a key that a value of this kind does not have, so that no misspelled number is passed over.
  ///
  /// - Parameters:
  ///   - known: the keys that it may have.
  ///   - kind: what is read, such as `a triangular schedule`.
  func refuseKeys(otherThan known: [String], of kind: String) throws {
    let found = try container(keyedBy: TextKey.self).allKeys.map(\.stringValue).sorted()
    guard let unknown = found.first(where: { !known.contains($0) }) else { return }
    let meant = nearest(to: unknown, among: known.filter { !found.contains($0) })
    let has = known.isEmpty ? "which has no numbers" : "which has \(listed(known))"
    throw DecodingError.dataCorrupted(
      .init(
        codingPath: codingPath,
        debugDescription: "'\(unknown)' is unknown in \(kind), \(has)" + (meant.map { "; was '\($0)' meant?" } ?? "")))
  }
}

import Foundation

/// Many numbers as one block of bytes, since a property list keeps each of a list's values as an object of its own.
struct PackedNumbers<Element: BitwiseCopyable>: Codable {
  private let bytes: Data

  init(_ values: [Element]) { bytes = values.withUnsafeBytes { Data($0) } }

  var values: [Element] {
    bytes.withUnsafeBytes { bytes in
      (0..<bytes.count / MemoryLayout<Element>.stride).map {
        bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Element>.stride, as: Element.self)
      }
    }
  }
}

/// Many strings as one block of bytes.
struct PackedStrings: Codable {
  private let lengths: PackedNumbers<Int>
  private let bytes: Data

  init(_ strings: some Sequence<String>) {
    var (lengths, bytes): ([Int], Data) = ([], Data())
    for string in strings {
      lengths.append(string.utf8.count)
      bytes.append(contentsOf: string.utf8)
    }
    (self.lengths, self.bytes) = (PackedNumbers(lengths), bytes)
  }

  var strings: [String] {
    var position = bytes.startIndex
    return lengths.values.map { length in
      let end = position + length
      defer { position = end }
      return String(decoding: bytes[position..<end], as: UTF8.self)
    }
  }
}

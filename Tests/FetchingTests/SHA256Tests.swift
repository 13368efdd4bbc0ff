import Foundation
import Testing

@testable import Fetching

@Suite struct `A SHA-256 sum` {
  /// - Source: NIST, *SHA Test Vectors for Hashing Byte-Oriented Messages* (SHA256ShortMsg, and FIPS 180-2, B.1 and B.2).
  static let known = [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ]

  @Test(arguments: known) func `is the standard's, whatever the pieces`(text: String, sum: String) {
    for length in [1, 7, 64, 100] {
      var pieces = SHA256()
      var rest = Data(text.utf8)
      while !rest.isEmpty {
        pieces.add(rest.prefix(length))
        rest = Data(rest.dropFirst(length))
      }
      #expect(pieces.finished() == sum)
    }
  }

  /// Every place of the end within a block; the sum of the sums is Python's hashlib's.
  @Test func `is right at every length`() {
    var sums = SHA256()
    for length in 0..<200 {
      var sum = SHA256()
      sum.add(Data(repeating: 120, count: length))
      sums.add(Data((sum.finished() + "\n").utf8))
    }
    #expect(sums.finished() == "eefa31ba9c6db774cb2535a4059ef29c02021837d737e3a51351ffc7fa629899")
  }
}

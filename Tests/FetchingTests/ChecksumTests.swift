import Foundation
import Testing

@testable import Fetching

@Suite struct `A checksum` {
  /// - Source: RFC 1321, appendix A.5; NIST, FIPS 180-2, B.1 and B.2, and for no bytes SHA256ShortMsg.
  static let known: [(text: String, sum: Checksum)] = [
    ("", .md5("d41d8cd98f00b204e9800998ecf8427e")),
    ("abc", .md5("900150983cd24fb0d6963f7d28e17f72")),
    (
      "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
      .md5("57edf4a22be3c955ac49da2e2107b67a")
    ),
    ("", .sha256("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")),
    ("abc", .sha256("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      .sha256("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
    ),
  ]

  @Test(arguments: known) func `is the standard's, whatever the pieces`(
    text: String, sum: Checksum
  ) throws {
    for length in [1, 7, 64, 100] {
      var rest = Data(text.utf8)
      let found = try sum.sum {
        defer { rest = Data(rest.dropFirst(length)) }
        return rest.prefix(length)
      }
      #expect(found == sum)
    }
  }
}

import Foundation
import Testing

@testable import Fetching

@Suite struct `An MD5 sum` {
  /// - Source: RFC 1321, appendix A.5.
  static let known = [
    ("", "d41d8cd98f00b204e9800998ecf8427e"), ("a", "0cc175b9c0f1b6a831c399e269772661"),
    ("abc", "900150983cd24fb0d6963f7d28e17f72"),
    ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
    ("abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"),
    (
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
      "d174ab98d277d9f5a5611c2c9f419d9f"
    ),
    (
      "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
      "57edf4a22be3c955ac49da2e2107b67a"
    ),
  ]

  @Test(arguments: known) func `is the standard's`(text: String, sum: String) {
    var whole = MD5()
    whole.add(Data(text.utf8))
    #expect(whole.finished() == sum)
  }

  @Test(arguments: known) func `does not depend on the pieces`(text: String, sum: String) {
    for length in [1, 7, 63, 64, 65] {
      var pieces = MD5()
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
    var sums = MD5()
    for length in 0..<200 {
      var sum = MD5()
      sum.add(Data(repeating: 120, count: length))
      sums.add(Data((sum.finished() + "\n").utf8))
    }
    #expect(sums.finished() == "9a5ec0d1eb08e4e61337ddf505091602")
  }
}

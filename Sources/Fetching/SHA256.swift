import Foundation
import Numbers

/// The SHA-256 sum of bytes that come in pieces: the sum by which published weights are known.
///
///     var sum = SHA256()
///     sum.add(Data("abc".utf8))
///     sum.finished()    // "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
///
/// - Source: NIST, FIPS 180-4, *Secure Hash Standard* (2015), section 6.2.
struct SHA256: Digest {
  private var state = SHA256.fractions(8) { $0.squareRoot() }
  /// What has come and fills no block of 64 bytes yet.
  private var rest: [UInt8] = []
  private var count: UInt64 = 0

  private static let constants = fractions(64, of: cbrt)

  /// The first 32 bits behind the point of a root of each of the first primes.
  private static func fractions(_ count: Int, of root: (Double) -> Double) -> [UInt32] {
    let primes = (2...311).filter { number in (2..<number).allSatisfy { number % $0 != 0 } }
    return primes.prefix(count).map { prime in
      let value = root(Double(prime))
      return UInt32(clamping: (value - value.rounded(.down)) * 4_294_967_296)
    }
  }

  /// Adds bytes.
  mutating func add(_ data: Data) {
    count += UInt64(data.count)
    rest += data
    let whole = rest.count / 64 * 64
    rest.withUnsafeBytes { bytes in
      Self.constants.withUnsafeBufferPointer { constants in
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { words in
          for start in stride(from: 0, to: whole, by: 64) {
            Self.mix(&state, bytes, start, constants, words)
          }
        }
      }
    }
    rest.removeFirst(whole)
  }

  /// Returns the sum of all bytes so far, as 64 hexadecimal digits.
  func finished() -> String {
    var last = self
    // A one, zeros, and the number of bits in the last eight bytes of a block, the highest first.
    let zeros = (119 - Int(count % 64)) % 64
    let bits = (0..<8).map { UInt8(truncatingIfNeeded: (count &* 8) >> (56 - 8 * UInt64($0))) }
    last.add(Data([0x80] + [UInt8](repeating: 0, count: zeros) + bits))
    return last.state.map { String(format: "%08x", $0) }.joined()
  }

  private static func mix(
    _ state: inout [UInt32], _ bytes: UnsafeRawBufferPointer, _ start: Int,
    _ constants: UnsafeBufferPointer<UInt32>, _ words: UnsafeMutableBufferPointer<UInt32>
  ) {
    func turned(_ word: UInt32, _ bits: UInt32) -> UInt32 {
      word &>> bits | word &<< (32 &- bits)
    }
    for place in 0..<16 {
      let word = bytes.loadUnaligned(fromByteOffset: start &+ 4 &* place, as: UInt32.self)
      words[place] = UInt32(bigEndian: word)
    }
    for place in 16..<64 {
      let (early, late) = (words[place &- 15], words[place &- 2])
      let first = turned(early, 7) ^ turned(early, 18) ^ (early &>> 3)
      let second = turned(late, 17) ^ turned(late, 19) ^ (late &>> 10)
      words[place] = words[place &- 16] &+ first &+ words[place &- 7] &+ second
    }
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    var (e, f, g, h) = (state[4], state[5], state[6], state[7])
    for step in 0..<64 {
      let choice = (e & f) ^ (~e & g)
      let majority = (a & b) ^ (a & c) ^ (b & c)
      let one =
        h &+ (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) &+ choice &+ constants[step]
        &+ words[step]
      let two = (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) &+ majority
      (h, g, f, e, d, c, b, a) = (g, f, e, d &+ one, c, b, a, one &+ two)
    }
    for (place, word) in [a, b, c, d, e, f, g, h].enumerated() { state[place] &+= word }
  }
}

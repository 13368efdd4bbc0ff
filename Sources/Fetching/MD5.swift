import Foundation
import Numbers

/// The MD5 sum of bytes that come in pieces: the sum that publishers of data sets name.
///
/// It tells a damaged file from a whole one. It is no protection against deceit.
///
///     var sum = MD5()
///     sum.add(Data("abc".utf8))
///     sum.finished()    // "900150983cd24fb0d6963f7d28e17f72"
///
/// - Source: Rivest, RFC 1321, *The MD5 Message-Digest Algorithm* (1992).
struct MD5: Digest {
  private var state: [UInt32] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476]
  /// What has come and fills no block of 64 bytes yet.
  private var rest: [UInt8] = []
  private var count: UInt64 = 0

  /// The whole part of 2^32 times the sine of each step's number.
  private static let sines = (1...64).map { UInt32(clamping: abs(sin(Double($0))) * 4_294_967_296) }
  private static let turns: [UInt32] = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21]

  /// Adds bytes.
  mutating func add(_ data: Data) {
    count += UInt64(data.count)
    rest += data
    let whole = rest.count / 64 * 64
    rest.withUnsafeBytes { bytes in
      Self.sines.withUnsafeBufferPointer { sines in
        Self.turns.withUnsafeBufferPointer { turns in
          for start in stride(from: 0, to: whole, by: 64) {
            Self.mix(&state, bytes, start, sines, turns)
          }
        }
      }
    }
    rest.removeFirst(whole)
  }

  /// Returns the sum of all bytes so far, as 32 hexadecimal digits.
  func finished() -> String {
    var last = self
    // A one, zeros, and the number of bits in the last eight bytes of a block.
    let zeros = (119 - Int(count % 64)) % 64
    let bits = (0..<8).map { UInt8(truncatingIfNeeded: (count &* 8) >> (8 * UInt64($0))) }
    last.add(Data([0x80] + [UInt8](repeating: 0, count: zeros) + bits))
    return last.state.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
    }
    .map { String(format: "%02x", $0) }.joined()
  }

  private static func mix(
    _ state: inout [UInt32], _ bytes: UnsafeRawBufferPointer, _ start: Int,
    _ sines: UnsafeBufferPointer<UInt32>, _ turns: UnsafeBufferPointer<UInt32>
  ) {
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    for step in 0..<64 {
      let (mixed, word): (UInt32, Int) =
        switch step / 16 {
        case 0: ((b & c) | (~b & d), step)
        case 1: ((d & b) | (~d & c), (5 * step + 1) % 16)
        case 2: (b ^ c ^ d, (3 * step + 5) % 16)
        default: (c ^ (b | ~d), (7 * step) % 16)
        }
      let read = bytes.loadUnaligned(fromByteOffset: start + 4 * word, as: UInt32.self)
      let sum = a &+ mixed &+ sines[step] &+ UInt32(littleEndian: read)
      let turn = turns[step / 16 * 4 + step % 4]
      (a, d, c, b) = (d, c, b, b &+ (sum << turn | sum >> (32 - turn)))
    }
    state[0] &+= a
    state[1] &+= b
    state[2] &+= c
    state[3] &+= d
  }
}

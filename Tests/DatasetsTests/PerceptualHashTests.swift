import Foundation
import Randomness
import Testing

@testable import Datasets

@Suite struct `Perceptual hashes` {
  private struct Case: Decodable {
    let kind: String
    let pixels: [UInt8]
    let hash: String
  }

  @Test func `are ImageHash's`() throws {
    let cases = try JSONDecoder().decode(
      [Case].self, from: Data(ImageFixture.bytes("hashes.json")))
    #expect(cases.count == 8)
    for one in cases {
      #expect(PerceptualHash(one.pixels).bits == UInt64(one.hash, radix: 16), "\(one.kind)")
    }
  }

  @Test func `are grouped as by comparing each with each`() {
    var stream = RandomStream(seed: 3, for: .split)
    var hashes: [PerceptualHash?] = []
    for _ in 0..<60 {
      let center = UInt64.random(in: .min ... .max, using: &stream)
      hashes.append(PerceptualHash(bits: center))
      for flips in 0..<7 {
        var bits = center
        for _ in 0..<flips { bits ^= 1 << UInt64.random(in: 0..<64, using: &stream) }
        hashes.append(PerceptualHash(bits: bits))
      }
      hashes.append(nil)
    }
    var sets = DisjointSets(count: hashes.count)
    for one in hashes.indices {
      for other in hashes.indices.dropFirst(one + 1) {
        guard let a = hashes[one], let b = hashes[other], a.distance(to: b) <= NearCopies.maximumBits
        else { continue }
        sets.join(one, other)
      }
    }
    #expect(sets.groups.count >= 60)
    #expect(NearCopies.groups(hashes) { _, _ in true } == sets.groups)
    #expect(NearCopies.groups(hashes) { _, _ in false }.isEmpty)
  }
}

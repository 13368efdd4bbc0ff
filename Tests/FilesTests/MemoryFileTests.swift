import Foundation
import Testing

@testable import Files

@Suite struct `A file in memory` {
  @Test func `is read by its path, as often as wanted`() throws {
    for bytes in [Data(), Data("abc".utf8), Data(repeating: 7, count: 300_000)] {
      let file = try MemoryFile(bytes)
      for _ in 0..<2 {
        #expect(try Data(contentsOf: URL(fileURLWithPath: file.path)) == bytes)
      }
    }
  }
}

import Formatting
import Foundation
import Testing

@Suite struct `The system's reason` {
  private func reason(_ body: () throws -> Void) -> String? {
    do {
      try body()
      return nil
    } catch {
      return systemReason(of: error)
    }
  }

  @Test func `is the one for a file that is not there, whoever asks for it`() {
    let file = URL(fileURLWithPath: "/no/such/file")
    let words = "No such file or directory"
    #expect(systemReason(ENOENT) == words)
    #expect(reason { _ = try Data(contentsOf: file) } == words)
    #expect(reason { _ = try Data(contentsOf: file, options: .alwaysMapped) } == words)
    #expect(reason { _ = try FileHandle(forReadingFrom: file) } == words)
    #expect(reason { try FileManager.default.removeItem(at: file) } == words)
  }

  @Test func `is the one for a disk that is full`() throws {
    try #require(FileManager.default.fileExists(atPath: "/dev/full"))
    let full = try FileHandle(forWritingTo: URL(fileURLWithPath: "/dev/full"))
    #expect(reason { try full.write(contentsOf: Data("x".utf8)) } == "No space left on device")
  }

  @Test func `is an error's own words where the system has none, without a full stop`() {
    struct Own: LocalizedError {
      let errorDescription: String? = "The archive has no such part."
    }
    #expect(reason { throw Own() } == "The archive has no such part")
  }
}

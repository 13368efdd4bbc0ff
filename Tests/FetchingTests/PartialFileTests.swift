#if NETWORK
  import Datasets
  import Files
  import Foundation
  import TestSupport
  import Testing

  @testable import Fetching

  @Suite struct `A part of a file that is fetched` {
    @Test func `continues where it was left`() throws {
      let (server, target) = (try Server(["data.gz": content]), Target())
      try content.prefix(3_000).write(to: target.part)
      try target.fetch(server.address)
      #expect(try Data(contentsOf: target.file) == content)
      #expect(server.asked == ["bytes=3000-"])
    }

    @Test func `that came whole and was not moved is not asked for twice`() throws {
      let (server, target) = (try Server(["data.gz": content]), Target())
      try content.write(to: target.part)
      try target.fetch(server.address)
      #expect(try Data(contentsOf: target.file) == content)
      #expect(server.asked == ["bytes=5000-"])
    }

    @Test func `that has changed since its part came begins anew`() throws {
      let other = Data(repeating: 7, count: 4_000)
      let (server, target) = (try Server(["data.gz": other], .cut), Target())
      #expect(throws: FetchError.self) {
        // One attempt: the part of the first file stays.
        try target.fetch(server.address, .sha256("00"))
      }
      try content.write(to: server.folder.appendingPathComponent("data.gz"))
      try other.prefix(1_000).write(to: target.part)
      try Data("\"\(String(repeating: "0", count: 64))\"".utf8)
        .write(to: target.part.appendingPathExtension("version"))
      try target.fetch(server.address)
      #expect(try Data(contentsOf: target.file) == content)
      #expect(server.asked.contains("bytes=1000- 00000000"))
      #expect(target.names == ["data.gz"])
    }

    /// The part is another file's, which no sum tells.
    @Test(arguments: [Server.Mode.bare, .good, .dated])
    func `of which no sum is known is resumed only by a version, and begins anew without one`(
      mode: Server.Mode
    ) throws {
      let (server, target) = (try Server(["data.gz": content], mode), Target())
      try Data(repeating: 1, count: 3_000).write(to: target.part)
      let events = try target.fetch(server.address, nil, for: .weights)
      #expect(try Data(contentsOf: target.file) == content)
      #expect(server.asked == ["bytes=3000-", "-"])
      #expect(
        events.first
          == .anew(
            file: "data.gz", kept: 3_000,
            reason: "its server names neither a checksum nor a version of it"))
      #expect(target.names == ["data.gz"])
    }

    @Test func `of which no sum is known is resumed where it has not been modified since`() throws {
      let (server, target) = (try Server(["data.gz": content], .dated), Target())
      let version = target.part.appendingPathExtension("version")
      for (date, asked) in [
        ("Fri, 27 Feb 1970 20:53:20 GMT", ["bytes=3000- ri, 27 F"]),
        ("Fri, 27 Feb 1970 20:53:21 GMT", ["bytes=3000- ri, 27 F"]),
      ] {
        try? FileManager.default.removeItem(at: target.file)
        try? FileManager.default.removeItem(at: server.folder.appendingPathComponent("log"))
        try content.prefix(3_000).write(to: target.part)
        try Data(date.utf8).write(to: version)
        try target.fetch(server.address, nil, for: .weights)
        #expect(try Data(contentsOf: target.file) == content)
        #expect(server.asked == asked)
      }
    }

    @Test func `of which nothing is known begins anew after each break, and is given up`() throws {
      let (server, target) = (try Server(["data.gz": content], .cutBare), Target())
      #expect {
        try target.fetch(server.address, nil, for: .weights)
      } throws: {
        "\($0)".contains("nothing is kept, since its server names neither a checksum nor a version")
      }
      #expect(server.asked.filter { $0 == "-" }.count == 4, "\(server.asked)")
      #expect(target.names == [])
    }
  }
#endif

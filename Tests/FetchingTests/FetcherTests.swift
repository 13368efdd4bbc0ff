#if NETWORK
  import Datasets
  import Files
  import Foundation
  import TestSupport
  import Testing

  @testable import Fetching

  /// What threads found: whether each waited for another.
  private final class Found: @unchecked Sendable {
    private let lock = NSLock()
    private var results: [Result<Bool, any Error>] = []
    var all: [Result<Bool, any Error>] { lock.withLock { results } }
    func add(_ result: Result<Bool, any Error>) { lock.withLock { results.append(result) } }
  }

  @Suite struct `A file that is fetched` {
    @Test func `comes whole, and is reported on its way`() throws {
      let (server, target) = (try Server(["data.gz": content]), Target())
      let events = try target.fetch(server.address)
      #expect(try Data(contentsOf: target.file) == content)
      #expect(events.last == .came(file: "data.gz", bytes: 5_000, of: 5_000))
      #expect(target.names == ["data.gz"])
      #expect(server.asked == ["-"])
    }

    @Test func `begins anew where the server knows no parts, or the part is another file's`() throws {
      for mode in [Server.Mode.whole, .good] {
        let (server, target) = (try Server(["data.gz": content], mode), Target())
        try Data(repeating: 1, count: 3_000).write(to: target.part)
        try target.fetch(server.address)
        #expect(try Data(contentsOf: target.file) == content)
        #expect(server.asked == (mode == .whole ? ["bytes=3000-"] : ["bytes=3000-", "-"]))
      }
    }

    @Test func `continues by itself over connections that break`() throws {
      let (server, target) = (try Server(["data.gz": content], .cut), Target())
      let events = try target.fetch(server.address)
      #expect(try Data(contentsOf: target.file) == content)
      #expect(
        server.asked == ["-"]
          + [1000, 2000, 3000, 4000].map { "bytes=\($0)- \(contentSHA256.prefix(8))" })
      let breaks = events.filter { if case .again = $0 { true } else { false } }
      #expect(breaks.count == 4)
    }

    @Test func `is not asked for without end where no connection brings more than the one before`()
      throws
    {
      let (server, target) = (try Server(["data.gz": content], .short), Target())
      #expect {
        try target.fetch(server.address)
      } throws: { error in
        guard case .broken(_, _, 1_000) = error as? FetchError else { return false }
        return true
      }
      // The first one brings something, and three attempts follow.
      #expect(server.asked.count == 4)
      #expect(target.names.contains("data.gz.part"))
    }

    @Test func `that is another leaves nothing`() throws {
      let (server, target) = (try Server(["data.gz": Data("other".utf8)]), Target())
      #expect {
        try target.fetch(server.address)
      } throws: { error in
        guard case .wrongSum(_, let expected, let found) = error as? FetchError else {
          return false
        }
        return expected == .md5(sum) && found == .md5("795f3202b17cb6bc3d4b771d8c6c9eaf")
      }
      #expect(target.names == [])
    }

    @Test(arguments: ["data.gz.part", "data.gz.part.version"], [false, true])
    func `is written through no link that lies in its place`(name: String, isHard: Bool) throws {
      let (server, target) = (try Server(["data.gz": content]), Target())
      let (notes, link) = (
        target.folder.appendingPathComponent("notes"), target.folder.appendingPathComponent(name)
      )
      try Data("mine".utf8).write(to: notes)
      if isHard {
        try FileManager.default.linkItem(at: notes, to: link)
      } else {
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: notes)
      }
      #expect(throws: FileError.isLink(path: link.path)) { try target.fetch(server.address) }
      #expect(try Data(contentsOf: notes) == Data("mine".utf8))
      #expect(!target.names.contains("data.gz"))
    }

    @Test func `that is refused says by which status, and keeps what was there`() throws {
      let (server, target) = (try Server([:]), Target())
      try content.prefix(10).write(to: target.part)
      #expect {
        try target.fetch(server.address)
      } throws: {
        "\($0)".contains("returned status 404; try again later, or put data.gz into")
      }
      #expect(target.names == ["data.gz.part"])
    }

    @Test func `from nowhere says so, and what to put where`() throws {
      let target = Target()
      // A port that was free a moment ago.
      var address = ""
      do { address = try Server([:]).address }
      #expect {
        try target.fetch(address)
      } throws: { error in
        guard case .unreachable = error as? FetchError else { return false }
        let summary = "\(error)"
        return summary.contains("/data.gz cannot be reached (")
          && summary.contains("put data.gz into")
      }
      #expect(target.names == [])
    }

    @Test func `is followed to where its server sends on, with the part that is wanted`() throws {
      let (server, target) = (try Server(["data.gz": content], .redirect), Target())
      try content.prefix(3_000).write(to: target.part)
      try target.fetch(server.address, nil, for: .weights)
      #expect(try Data(contentsOf: target.file) == content)
      #expect(server.asked == ["bytes=3000-", "bytes=3000-"])
      #expect(target.fetched?.isCompared == true)
      #expect(target.fetched?.sum == .sha256(contentSHA256))
    }

    @Test func `that has not the sum that its server names leaves nothing`() throws {
      let (server, target) = (try Server(["data.gz": content], .lie), Target())
      #expect {
        try target.fetch(server.address, nil, for: .weights)
      } throws: {
        "\($0)".contains("is not the file that was published: its SHA-256 sum is \(contentSHA256)")
      }
      #expect(target.names == [])
    }

    @Test(arguments: [Server.Mode.loop, .local])
    func `that is sent on without end, or to where none goes, says so`(mode: Server.Mode) throws {
      let (server, target) = (try Server(["data.gz": content], mode), Target())
      #expect {
        try target.fetch(server.address)
      } throws: { error in
        guard case .badRedirect(_, let place, let reason) = error as? FetchError else {
          return false
        }
        return mode == .loop
          ? place == server.address + "/data.gz" && reason == "it is the 11th redirection in a row"
          : place == "file:///etc/hostname" && reason == "it is not an http or https address"
      }
      #expect(target.names == [])
    }

    @Test func `that stops coming is asked for again, and then given up`() throws {
      let (server, target) = (try Server(["data.gz": content], .stall), Target())
      // Each connection brings a thousand bytes, and the fifth the rest: silence is no end.
      try target.fetch(server.address, timeout: 0.4)
      #expect(try Data(contentsOf: target.file) == content)
      #expect(server.asked.count == 5)
    }

    @Test func `in whose place a web page comes says so, and leaves nothing`() throws {
      let (server, target) = (try Server(["data.gz": content], .page), Target())
      #expect {
        try target.fetch(server.address)
      } throws: {
        "\($0)".contains("returned a web page, not the file, as a proxy or a login page does")
      }
      #expect(target.names == [])
    }

    @Test func `of another size is refused before it comes`() throws {
      let (server, target) = (try Server(["data.gz": content]), Target())
      #expect {
        try target.fetch(server.address, size: .bytes(5_001))
      } throws: {
        "\($0)".contains("it has 5000 bytes, and should have 5001; nothing was kept")
      }
      #expect(target.names == [])
      try target.fetch(server.address, size: .mebibytes(0.005))
      #expect(target.names == ["data.gz"])
    }

    /// torchvision's files have eight digits of their sum in their names.
    @Test func `is known by the beginning of its sum`() throws {
      let (server, target) = (try Server(["data.gz": content]), Target())
      try target.fetch(server.address, .sha256(String(contentSHA256.prefix(8))), for: .weights)
      #expect(target.names == ["data.gz"])
      let other = Target()
      #expect {
        try other.fetch(server.address, .sha256("0123abcd"), for: .weights)
      } throws: { error in
        "\(error)".contains(
          "and should begin with 0123abcd; nothing was kept, so try again, or name another")
          && (error as? FetchError)?.isBadInput == true
      }
      #expect(other.names == [])
    }

    @Test func `that two processes want of weights is fetched once`() throws {
      let server = try Server(["data.gz": content], .slow)
      let target = Target()
      let (address, file) = (server.address, target.file)
      let found = Found()
      let threads = (0..<2).map { _ in
        let done = DispatchSemaphore(value: 0)
        Thread {
          let (events, remote) = (
            Events(),
            RemoteFile(
              name: "data.gz", url: address + "/data.gz", checksum: .md5(sum), size: nil,
              purpose: .weights, instead: "")
          )
          found.add(
            Result {
              try Fetcher().fetch(remote, to: file) { events.list.append($0) }
              return events.list.contains(.waiting(file: "data.gz"))
            })
          done.signal()
        }.start()
        return done
      }
      threads.forEach { $0.wait() }
      // One of them waits for the other, or comes so late that it is there.
      #expect(try found.all.map { try $0.get() }.contains(false))
      #expect(server.asked == ["-"])
      #expect(target.names == ["data.gz"])
      #expect(try Data(contentsOf: file) == content)
    }

    @Test func `is copied from a folder, and compared`() throws {
      let target = Target()
      let source = Target()
      try content.write(to: source.file)
      try target.fetch("file://" + source.folder.path, for: .weights)
      #expect(try Data(contentsOf: target.file) == content)
      try FileManager.default.removeItem(at: source.file)
      let other = Target()
      #expect {
        try other.fetch("file://" + source.folder.path, for: .weights)
      } throws: {
        "\($0)".contains("cannot be reached (No such file or directory)")
      }
      #expect(other.names == [])
    }

    @Test func `at what is no address is refused`() throws {
      let target = Target()
      for address in ["file:///etc", "nonsense"] {
        #expect(throws: FetchError.badAddress(address + "/data.gz")) {
          try target.fetch(address)
        }
      }
      #expect(target.names == [])
    }
  }
#endif

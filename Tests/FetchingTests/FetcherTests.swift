#if NETWORK
  import Datasets
  import Files
  import Foundation
  import TestSupport
  import Testing

  @testable import Fetching

  /// 5,000 bytes that are like no others.
  private let content = Data((0..<5_000).map { UInt8(truncatingIfNeeded: ($0 * $0) >> 3) })
  private let sum = "18abb199b843e7efab90f548c0e7e9c0"
  /// The same by Python's hashlib.
  private let contentSHA256 = "967f5e163318ac72ef679c34ab5fad0ede54aeacbe5a47ed72aecc6435be569f"

  /// A folder to fetch into, which goes away with its owner.
  private final class Target {
    private let directory = TemporaryDirectory()
    var folder: URL { directory.url }
    var file: URL { folder.appendingPathComponent("data.gz") }
    var part: URL { folder.appendingPathComponent("data.gz.part") }

    var names: [String] {
      ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
    }

    /// Fetches the one file, and returns what was told.
    @discardableResult
    func fetch(
      _ address: String, _ checksum: Checksum? = .md5(sum), size: PublishedSize? = nil,
      for purpose: FetchPurpose = .data, timeout: Double = 5
    ) throws -> [Fetcher.Event] {
      var fetcher = Fetcher()
      (fetcher.timeout, fetcher.pause) = (timeout, 0)
      let events = Events()
      let remote = RemoteFile(
        name: "data.gz", url: address + "/data.gz", checksum: checksum, size: size,
        purpose: purpose,
        instead: "put data.gz into some folder")
      fetched = try fetcher.fetch(remote, to: file) { events.list.append($0) }
      return events.list
    }

    /// What came last.
    private(set) var fetched: FetchedFile?
  }

  private final class Events {
    var list: [Fetcher.Event] = []
  }

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

    @Test func `begins anew where the server knows no parts, or the part is another file's`() throws
    {
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
          : place == "file:///etc/hostname" && reason == "it is no http or https address"
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

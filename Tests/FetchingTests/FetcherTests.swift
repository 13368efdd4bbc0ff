#if NETWORK
  import Datasets
  import Foundation
  import Testing

  @testable import Fetching

  /// 5,000 bytes that are like no others.
  private let content = Data((0..<5_000).map { UInt8(truncatingIfNeeded: ($0 * $0) >> 3) })
  private let sum = "18abb199b843e7efab90f548c0e7e9c0"

  /// A folder to fetch into, which goes away with its owner.
  private final class Target {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("rondo-fetch-\(UUID().uuidString)")
    var file: URL { folder.appendingPathComponent("data.gz") }
    var part: URL { folder.appendingPathComponent("data.gz.part") }

    init() throws {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    var names: [String] {
      ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
    }

    /// Fetches the one file, and returns what was told.
    @discardableResult
    func fetch(_ address: String, md5: String = sum) throws -> [Fetcher.Event] {
      var fetcher = Fetcher(mirror: address)
      (fetcher.timeout, fetcher.pause) = (5, 0)
      let description = PublishedData.File(name: "data.gz", url: "http://nowhere.invalid", md5: md5)
      let data = PublishedData(name: "some", summary: "", form: .idx([]), files: [description])
      let events = Events()
      try fetcher.fetch(description, to: file, of: data) { events.list.append($0) }
      return events.list
    }
  }

  private final class Events {
    var list: [Fetcher.Event] = []
  }

  @Suite struct `A file that is fetched` {
    @Test func `comes whole, and is reported on its way`() throws {
      let (server, target) = (try Server(["data.gz": content]), try Target())
      let events = try target.fetch(server.address)
      #expect(try Data(contentsOf: target.file) == content)
      #expect(events.last == .came(file: "data.gz", bytes: 5_000, of: 5_000))
      #expect(target.names == ["data.gz"])
      #expect(server.asked == ["-"])
    }

    @Test func `continues where it was left`() throws {
      let (server, target) = (try Server(["data.gz": content]), try Target())
      try content.prefix(3_000).write(to: target.part)
      try target.fetch(server.address)
      #expect(try Data(contentsOf: target.file) == content)
      #expect(server.asked == ["bytes=3000-"])
    }

    @Test func `that came whole and was not moved is not asked for twice`() throws {
      let (server, target) = (try Server(["data.gz": content]), try Target())
      try content.write(to: target.part)
      try target.fetch(server.address)
      #expect(try Data(contentsOf: target.file) == content)
      #expect(server.asked == ["bytes=5000-"])
    }

    @Test func `begins anew where the server knows no parts, or the part is another file's`() throws
    {
      for mode in [Server.Mode.whole, .good] {
        let (server, target) = (try Server(["data.gz": content], mode), try Target())
        try Data(repeating: 1, count: 3_000).write(to: target.part)
        try target.fetch(server.address)
        #expect(try Data(contentsOf: target.file) == content)
        #expect(server.asked == (mode == .whole ? ["bytes=3000-"] : ["bytes=3000-", "-"]))
      }
    }

    @Test func `continues by itself over connections that break`() throws {
      let (server, target) = (try Server(["data.gz": content], .cut), try Target())
      let events = try target.fetch(server.address)
      #expect(try Data(contentsOf: target.file) == content)
      #expect(
        server.asked == ["-", "bytes=1000-", "bytes=2000-", "bytes=3000-", "bytes=4000-"])
      let breaks = events.filter { if case .again = $0 { true } else { false } }
      #expect(breaks.count == 4)
    }

    @Test func `that is another leaves nothing`() throws {
      let (server, target) = (try Server(["data.gz": Data("other".utf8)]), try Target())
      #expect {
        try target.fetch(server.address)
      } throws: { error in
        guard case .wrongSum(_, let expected, let found) = error as? FetchError else {
          return false
        }
        return expected == sum && found == "795f3202b17cb6bc3d4b771d8c6c9eaf"
      }
      #expect(target.names == [])
    }

    @Test func `that is refused says by which status, and keeps what was there`() throws {
      let (server, target) = (try Server([:]), try Target())
      try content.prefix(10).write(to: target.part)
      #expect {
        try target.fetch(server.address)
      } throws: {
        "\($0)".contains("returned status 404; try again later, or put data.gz into")
      }
      #expect(target.names == ["data.gz.part"])
    }

    @Test func `from nowhere says so, and what to put where`() throws {
      let target = try Target()
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

    @Test func `at what is no address is refused`() throws {
      let target = try Target()
      for address in ["file:///etc", "nonsense"] {
        #expect(throws: FetchError.badAddress(address + "/data.gz")) {
          try target.fetch(address)
        }
      }
      #expect(target.names == [])
    }
  }
#endif

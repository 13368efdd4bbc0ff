#if NETWORK
  import Datasets
  import Files
  import Foundation
  import TestSupport
  import Testing

  @testable import Fetching

  /// 5,000 bytes that are like no others.
  let content = Data((0..<5_000).map { UInt8(truncatingIfNeeded: ($0 * $0) >> 3) })
  let sum = "18abb199b843e7efab90f548c0e7e9c0"
  /// The same by Python's hashlib.
  let contentSHA256 = "967f5e163318ac72ef679c34ab5fad0ede54aeacbe5a47ed72aecc6435be569f"

  /// A folder to fetch into, which goes away with its owner.
  final class Target {
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

  final class Events {
    var list: [Fetcher.Event] = []
  }
#endif

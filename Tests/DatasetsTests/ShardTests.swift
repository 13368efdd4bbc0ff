import Foundation
import TestSupport
import Testing

@testable import Datasets

/// Archives that Python's tarfile and the webdataset package have written; `Scripts/fixtures/shard_fixtures.py`.
@Suite struct `Tar shards` {
  private static let images = [
    "color.png": "cat", "alpha.png": "dog", "transparent-palette.png": "cat", "palette.png": "dog",
  ]

  private func path(_ name: String) throws -> String { try ImageFixture.path("shards/" + name) }

  /// A folder with copies of an archive, whose bytes a body may change.
  private func folder(
    _ names: [String], of archive: String = "gnu.tar", _ change: (inout [UInt8]) -> Void = { _ in }
  ) throws -> TemporaryDirectory {
    let folder = TemporaryDirectory()
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(archive))))
    change(&bytes)
    for name in names { try folder.write(bytes, name) }
    return folder
  }

  /// The images of an archive that holds each of the fixtures once: which fixture each is, and its class.
  private func found(_ data: ImageData) throws -> [String: String] {
    var found: [String: String] = [:]
    for case let set as ImageSet in [data.train, data.test] {
      for image in 0..<set.count {
        let size = set.bytesPerImage
        let row = set.row(of: image)
        let pixels = Array(set.pixels[(row * size)..<((row + 1) * size)])
        let fixture = try #require(
          ImageFixture.all.first { $0.pixels == pixels && Self.images[$0.name] != nil })
        found[fixture.name] = data.classNames[Int(set.labels[image])]
      }
    }
    return found
  }

  @Test func `may lie below a folder whose name begins like the place of a member`() throws {
    let member = TarMember(archive: "/a/@data/x.tar", offset: 512, size: 10, name: "cat/1.jpg")
    #expect(TarMember(member.path) == member)
    #expect(TarMember("/a/@data/1.jpg") == nil && TarMember("/a/@1+x/1.jpg") == nil)
  }

  @Test(arguments: ["ustar", "gnu", "pax"])
  func `are read as each of tarfile's formats has them, with classes by folders`(format: String)
    throws
  {
    let data = try DataSource(named: path("\(format).tar")).load()
    #expect(data.classNames == ["cat", "dog"])
    #expect(try found(data) == Self.images)
    #expect(data.account.linesOfLeftOut.count == 1, "\(data.account.lines)")
    #expect(data.account.linesOfLeftOut[0].contains("2 files"))
  }

  @Test func `have classes by numbers in .cls, and by names in .json`() throws {
    let numbers = try DataSource(named: path("webdataset.tar")).load()
    #expect(numbers.classNames == ["0", "1"])
    #expect(try found(numbers) == Self.images.mapValues { $0 == "cat" ? "1" : "0" })
    let folder = try folder(["a.tar"], of: "webdataset.tar")
    try folder.write(Array("dog\r\ncat\r\n".utf8), "classes.txt")
    #expect(try found(folder.load()) == Self.images)
    let names = try DataSource(named: path("json.tar")).load()
    #expect(try found(names) == Self.images.mapValues { $0 == "cat" ? "dog" : "cat" })
  }

  @Test func `are of the part that their names say`() throws {
    let folder = try folder(["train-000000.tar", "train-000001.tar", "birds-val-000000.tar"])
    let data = try folder.load()
    #expect((data.train.count, data.validation?.count, data.test.count) == (8, nil, 4))
    let pattern = folder.url.path + "/{train-{000000..000001},birds-val-000000}.tar"
    let two = folder.url.path + "/train-{000000..000001}.tar"
    let split = try DataSource(named: two).load()
    #expect((split.train.count, split.test.count) == (6, 2), "a fifth of each class, at least one")
    #expect(DataSource.folder(two).shortName == "train")
    #expect(throws: ShardError.self) { try DataSource(named: pattern + "x.tar").load() }
  }

  @Test(arguments: [
    ("a-{08..10}.tar", ["a-08.tar", "a-09.tar", "a-10.tar"]),
    ("{a,b}-{0..1}.tar", ["a-0.tar", "a-1.tar", "b-0.tar", "b-1.tar"]),
    ("a{x}{0..1}.tar", ["a{x}{0..1}.tar"]), ("a{2..1}.tar", ["a{2..1}.tar"]), ("a.tar", ["a.tar"]),
  ])
  func `are written out as by the shell`(pattern: String, names: [String]) {
    #expect(Array(ShardPattern(pattern).names) == names)
  }

  @Test func `are looked for one by one, however many a pattern stands for`() throws {
    let million = ShardPattern("{000000..999999}.tar")
    #expect(million.count == 1_000_000)
    #expect(Array(million.names.suffix(2)) == ["999998.tar", "999999.tar"])
    let pattern = "/nowhere/{00000..99999}.tar"
    #expect(
      throws: ShardError.missing(
        name: pattern, first: "/nowhere/00000.tar", count: 100_000, of: 100_000)
    ) { try ShardNames(pattern) }
    let more = "{0..999999999}{0..999999999}.tar"
    #expect(
      throws: ShardError.tooMany(
        name: more, count: 1_000_000_000_000_000_000, most: 1_000_000)
    ) { try ShardNames(more) }
    #expect(ShardPattern("{0..9223372036854775807}.tar").count == Int.max)
  }

  @Test func `are known by their names in a record, wherever their bytes lie`() throws {
    let photos = ImageFileDataset(
      try ImageFolder(shards: path("gnu.tar"), splitSeed: 1).train, size: 16)
    let names = photos.paths.map { DataSource.shown($0) }
    #expect(names.allSatisfy { $0.contains("gnu.tar/") && !$0.contains("@") }, "\(names)")
    guard case .listed(let images) = photos.contents(below: "/x", classNames: ["cat", "dog"], readsFiles: true) else {
      Issue.record("not listed")
      return
    }
    #expect(images.map(\.name) == names)
  }

  @Test func `are named for people without where their bytes lie`() throws {
    let source = try DataSource(named: path("gnu.tar"))
    let report = DataReport(try source.load(DataOptions(allowsBroken: true)))
    let shown = report.findings.flatMap(\.examples).flatMap(\.images).map(\.name)
    #expect(!shown.isEmpty && shown.allSatisfy { !$0.contains("@") }, "\(shown)")
    #expect(try !source.load().train.name(of: 0).contains("@"))
  }

  @Test func `are gone through once, and again when they have changed`() throws {
    let (folder, cache) = (try folder(["a.tar"]), TemporaryDirectory())
    let archive = folder.url.path + "/a.tar"
    func cached() throws -> Shard {
      try ShardCache.shard(archive, in: cache.url.path, fromBytes: 0)
    }
    let first = try cached()
    #expect(try cached().samples == first.samples && first.samples.count == 4)
    #expect(try cached().others?.count == 2)
    let kept = try FileManager.default.contentsOfDirectory(atPath: cache.url.path)
    #expect(kept.count == 1)
    // A digit of the last label, which is then another.
    let file = cache.url(try #require(kept.first))
    var changed = try Data(contentsOf: file)
    changed[changed.count - 2] ^= 1
    try changed.write(to: file)
    #expect(try cached().samples == first.samples)
    try folder.write(
      [UInt8](try Data(contentsOf: URL(fileURLWithPath: path("json.tar")))), "a.tar")
    #expect(try cached().samples.map(\.label) != first.samples.map(\.label))
  }

  // MARK: Refusals

  private static func header(_ name: String, in bytes: [UInt8]) -> Int? {
    stride(from: 0, to: bytes.count, by: 512).first {
      bytes[$0...].starts(with: Array(name.utf8) + [0])
    }
  }

  /// Changes the header of a member, and its sum.
  private static func edit(
    _ name: String, in bytes: inout [UInt8], _ body: (inout ArraySlice<UInt8>) -> Void
  ) {
    guard let start = header(name, in: bytes) else { return }
    body(&bytes[start..<(start + 512)])
    let sum = TarIndex.sum(bytes[start..<(start + 512)])
    let digits = Array(String(sum, radix: 8).utf8)
    let field = [UInt8](repeating: 48, count: 6 - digits.count) + digits + [0, 32]
    bytes.replaceSubrange((start + 148)..<(start + 156), with: field)
  }

  private func refusal(_ archive: String = "gnu.tar", _ change: (inout [UInt8]) -> Void) throws
    -> String
  {
    let folder = try folder(["a.tar"], of: archive, change)
    let error = #expect(throws: (any Error).self) { try folder.load() }
    return error.map { "\($0)" } ?? ""
  }

  @Test func `that are damaged are refused in a sentence`() throws {
    #expect(try refusal { $0.removeLast($0.count - 3_000) }.contains("is truncated"))
    #expect(try refusal { $0.removeAll() }.contains("is truncated"))
    #expect(
      try refusal { bytes in
        bytes.removeSubrange((Self.header("README.txt", in: bytes) ?? 0)...)
      }.contains("without the end mark"))
    #expect(try refusal { $0.insert(contentsOf: [0x1F, 0x8B], at: 0) }.contains("is compressed"))
    #expect(try refusal { $0[0] = 65 }.contains("is not a tar archive"))
    #expect(
      try refusal { $0[(Self.header("./dog/b.PNG", in: $0) ?? 0) + 3] = 65 }
        .contains("there is no header at byte"))
    for kind in ["1", "2"] {
      #expect(
        try refusal { bytes in
          Self.edit("./cat/a.png", in: &bytes) { $0[$0.startIndex + 156] = kind.utf8.first ?? 0 }
        }.contains("./cat/a.png is a link"))
    }
    #expect(
      try refusal { bytes in
        Self.edit("./cat/a.png", in: &bytes) {
          $0.replaceSubrange($0.startIndex..<($0.startIndex + 11), with: Array("../at/a.png".utf8))
        }
      }.contains("leads out of the archive"))
  }

  @Test func `whose labels say nothing are refused in a sentence`() throws {
    #expect(
      try refusal("webdataset.tar") { bytes in
        Self.edit("sample001.cls", in: &bytes) { $0[$0.startIndex] = UInt8(ascii: "x") }
      }.contains("nothing says the class of sample001.png"))
    #expect(
      try refusal("webdataset.tar") { bytes in
        Self.edit("sample001.png", in: &bytes) { $0[$0.startIndex + 8] = UInt8(ascii: "0") }
        Self.edit("sample001.cls", in: &bytes) { $0[$0.startIndex + 8] = UInt8(ascii: "0") }
      }.contains("belong to one image"))
    #expect(
      try refusal("webdataset.tar") { bytes in
        if let start = Self.header("sample001.cls", in: bytes) { bytes[start + 512] = 97 }
      }.contains("is a number and that of"))
    // Two images of a million classes would be gigabytes of weights.
    #expect(
      try refusal("webdataset.tar") { bytes in
        Self.edit("sample001.cls", in: &bytes) {
          let start = $0.startIndex
          $0.replaceSubrange((start + 124)..<(start + 135), with: Array("00000000006".utf8))
        }
        if let start = Self.header("sample001.cls", in: bytes) {
          bytes.replaceSubrange((start + 512)..<(start + 518), with: Array("999999".utf8))
        }
      }.contains("the label of sample001.png is 999999, which would make that many classes"))
    let compressed = try folder(["train.tar.gz"])
    #expect(throws: ShardError.self) { try compressed.load() }
    let folder = try folder(["train-0.tar", "other.tar"])
    #expect(throws: ShardError.self) { try folder.load() }
    let test = try self.folder(["test-0.tar"])
    #expect(throws: ShardError.self) { try test.load() }
  }

  // MARK: Writing

  @Test func `are written as tarfile reads them, and read as the folder`() throws {
    let long = String(repeating: "long", count: 30)
    let source = try imageFolder([
      ("cat/a.1.png", "color.png"), ("cat/a_1.png", "alpha.png"),
      ("dog/\(long).PNG", "palette.png"),
      ("dog/ü.png", "transparent-palette.png"),
    ])
    let target = TemporaryDirectory()
    let shards = target.url.path + "/shards"
    let account = try ShardWriter(of: source.url.path, maximumBytes: 1_000).write(to: shards)
    #expect(account.images == ["shard": 4] && account.shards["shard"] ?? 0 > 1)
    let data = try DataSource(named: shards).load()
    #expect(data.classNames == ["cat", "dog"])
    #expect(
      try found(data)
        == [
          "color.png": "cat", "alpha.png": "cat", "palette.png": "dog",
          "transparent-palette.png": "dog",
        ])

    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "python3", "-c",
      """
      import glob, sys, tarfile
      for path in sorted(glob.glob(sys.argv[1] + "/*.tar")):
          with tarfile.open(path) as archive:
              for member in archive: print(member.name, len(archive.extractfile(member).read()))
      """, shards,
    ]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let lines = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      .split(separator: "\n").map(String.init)
    process.waitUntilExit()
    func size(_ path: String) -> Int { fileSize(source.url.path + "/" + path) }
    #expect(
      Set(lines) == [
        "cat/a_1.cls 1", "cat/a_1_2.cls 1", "dog/\(long).cls 1", "dog/ü.cls 1",
        "cat/a_1.png \(size("cat/a.1.png"))", "cat/a_1_2.png \(size("cat/a_1.png"))",
        "dog/\(long).png \(size("dog/\(long).PNG"))", "dog/ü.png \(size("dog/ü.png"))",
      ]
        || Set(lines) == [
          "cat/a_1.cls 1", "cat/a_1_2.cls 1", "dog/\(long).cls 1", "dog/ü.cls 1",
          "cat/a_1.png \(size("cat/a_1.png"))", "cat/a_1_2.png \(size("cat/a.1.png"))",
          "dog/\(long).png \(size("dog/\(long).PNG"))", "dog/ü.png \(size("dog/ü.png"))",
        ])
    #expect(lines.first?.hasSuffix(".cls 1") == true, "labels come first")
  }

  @Test func `are written whole or not at all`() throws {
    let source = try imageFolder([("cat/1.png", "color.png"), ("dog/1.png", "alpha.png")])
    let target = TemporaryDirectory()
    let writer = try ShardWriter(of: source.url.path, maximumBytes: 1)
    try FileManager.default.removeItem(at: source.url.appendingPathComponent("dog/1.png"))
    #expect(throws: DataError.self) { try writer.write(to: target.url.path + "/shards") }
    #expect(try FileManager.default.contentsOfDirectory(atPath: target.url.path) == [])
  }
}

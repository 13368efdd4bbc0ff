import Foundation
import TestSupport
import Testing

@testable import Datasets

/// Images of a run stay in their parts though others are there now.
@Suite struct `An earlier division` {
  /// Loads data, loads them again when some images are gone and others new, and checks that each image is where it was.
  private func check<Parts: DataSplits>(
    _ load: () throws -> Parts, changing change: () throws -> Void,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let before = parts(try load())
    let earlier = EarlierDivision(try load().record)
    try change()
    let drawn = parts(try load())
    let kept = try EarlierDivision.$current.withValue(earlier) { parts(try load()) }
    func moved(_ now: [String: String]) -> Int {
      now.count { before[$0.key] != nil && before[$0.key] != $0.value }
    }
    #expect(moved(drawn) > 0, "the list alone gives another division", sourceLocation: sourceLocation)
    #expect(moved(kept) == 0, sourceLocation: sourceLocation)
    #expect(Set(kept.keys) == Set(drawn.keys), sourceLocation: sourceLocation)
    #expect(kept.keys.contains { before[$0] == nil }, sourceLocation: sourceLocation)
  }

  /// The part of each image.
  private func parts(_ data: some DataSplits) -> [String: String] {
    data.record.parts.reduce(into: [:]) { all, part in
      guard case .listed(let images) = part.contents else { return }
      for image in images { all[image.name] = part.name }
    }
  }

  private func folder(of numbers: Range<Int>) throws -> TemporaryDirectory {
    let folder = TemporaryDirectory()
    for number in numbers { try add(number, to: folder) }
    return folder
  }

  private func add(_ number: Int, to folder: TemporaryDirectory) throws {
    for name in ["cat", "dog"] {
      try folder.write(try ImageFixture.bytes("color.png") + Array("\(name)\(number)".utf8), "\(name)/\(number).png")
    }
  }

  private func change(_ folder: TemporaryDirectory) throws {
    for number in 0..<4 { try FileManager.default.removeItem(at: folder.url("cat/1\(number).png")) }
    for number in 30..<36 { try add(number, to: folder) }
  }

  @Test func `holds for images with classes`() throws {
    let folder = try folder(of: 0..<30)
    let source = try DataSource(named: folder.url.path)
    try check({ try source.load() }, changing: { try change(folder) })
  }

  @Test func `holds for images that have other names now`() throws {
    let folder = try folder(of: 0..<30)
    let source = try DataSource(named: folder.url.path)
    func divided() throws -> ImageData { try source.load().holdingOut(0.25) }
    func partsByFile() throws -> [UInt64: String] {
      try divided().record.parts.reduce(into: [:]) { all, part in
        guard case .listed(let images) = part.contents else { return }
        for image in images { all[try #require(image.file)] = part.name }
      }
    }
    let before = try partsByFile()
    let earlier = EarlierDivision(try divided().record)
    for number in 0..<30 {
      let name = String(format: "cat/new-%02d.png", number * 7 % 30)
      try FileManager.default.moveItem(at: folder.url("cat/\(number).png"), to: folder.url(name))
    }
    #expect(try partsByFile() != before, "the names alone give another division")
    #expect(try EarlierDivision.$current.withValue(earlier) { try partsByFile() } == before)
  }

  @Test func `holds for images that are held out, by share and by fold`() throws {
    for fold in [nil, Fold(2, of: 3)] {
      let folder = try folder(of: 0..<30)
      let source = try DataSource(named: folder.url.path)
      try check(
        {
          let data = try source.load()
          return try fold.map { try data.holdingOut($0, groupedBy: nil, seed: 1) } ?? data.holdingOut(0.2)
        }, changing: { try change(folder) })
    }
  }

  @Test func `holds for images with boxes`() throws {
    let directory = BoxDirectory()
    func add(_ numbers: Range<Int>) throws {
      for number in numbers {
        try directory.image("images/\(number).png")
        try directory.write("0 0.5 0.5 0.5 0.5\n", "labels/\(number).txt")
      }
    }
    try directory.write("train: images\nnames: [cell]\n", "data.yaml")
    try add(0..<30)
    let source = try DataSource(named: directory.path)
    try check(
      { try source.loadBoxes() },
      changing: {
        for number in 10..<14 { try directory.remove("images/\(number).png") }
        for number in 10..<14 { try directory.remove("labels/\(number).txt") }
        try add(30..<36)
      })
  }

  @Test func `holds for images with masks`() throws {
    let directory = MaskDirectory()
    func add(_ numbers: Range<Int>) throws {
      for number in numbers {
        try directory.image("images/\(number).png")
        try directory.mask("masks/\(number).png") { UInt8($0 % 2) }
      }
    }
    try add(0..<30)
    try check(
      { try directory.load() },
      changing: {
        for number in 10..<14 { try directory.remove("images/\(number).png") }
        for number in 10..<14 { try directory.remove("masks/\(number).png") }
        try add(30..<36)
      })
  }

  @Test func `is that of the list where a part would be empty`() throws {
    let folder = try folder(of: 0..<10)
    let source = try DataSource(named: folder.url.path)
    let before = try source.load()
    let tested = parts(before).filter { $0.value == "test" }.keys
    for name in tested { try FileManager.default.removeItem(at: folder.url(name)) }
    let drawn = parts(try source.load())
    let kept = try EarlierDivision.$current.withValue(EarlierDivision(before.record)) { parts(try source.load()) }
    #expect(kept == drawn && kept.values.contains("test"))
  }
}

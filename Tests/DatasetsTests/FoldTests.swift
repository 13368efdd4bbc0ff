import Foundation
import Randomness
import TestSupport
import Testing

@testable import Datasets

@Suite struct `Folds` {
  private func items(_ labels: [Int]) -> [HoldOut.Item] { labels.map { .init(classes: [$0]) } }

  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func `have each class's images evenly, and about as many images`(seed: UInt64) {
    var stream = RandomStream(seed: seed, for: .shapes)
    let labels = (0..<217).map { _ in Int.random(in: 0..<4, using: &stream) }
    let folds = Fold.divide(items(labels), into: 5, seed: seed)
    for label in 0..<4 {
      let counts = (1...5).map { fold in
        labels.indices.count { labels[$0] == label && folds[$0] == fold }
      }
      #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1, "\(counts)")
    }
    let sizes = (1...5).map { fold in folds.count { $0 == fold } }
    #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 4, "\(sizes)")
  }

  @Test func `follow from the seed`() {
    let all = items((0..<100).map { $0 % 3 })
    #expect(Fold.divide(all, into: 4, seed: 5) == Fold.divide(all, into: 4, seed: 5))
    #expect(Fold.divide(all, into: 4, seed: 5) != Fold.divide(all, into: 4, seed: 6))
  }

  // By hand: of the last group both folds cost 1 + 132/484, so that it goes to the first, which has 12 images and not
  // 15. Only in the classes' order do the sums come out equal; other numbers lie otherwise in a dictionary.
  @Test(arguments: 0..<20) func `do not follow from where classes lie in memory`(offset: Int) {
    let groups: [(Int, [Int])] = [
      (8, [2]), (7, []), (5, [1, 2]), (4, [1, 2, 3]), (3, [2]), (2, [0, 1, 2]),
    ]
    let all = groups.flatMap { size, classes in
      (0..<size).map { _ in
        HoldOut.Item(key: "\(size)", classes: classes.map { $0 + 10 * offset })
      }
    }
    let folds = Fold.divide(all, into: 2, seed: 1)
    #expect(
      folds
        == zip(groups, [1, 2, 2, 1, 2, 1]).flatMap { [Int](repeating: $1, count: $0.0) })
  }

  @Test func `keep a group together, and divide groups of several sizes evenly`() {
    let keys = (0..<120).map { "patient \($0 * $0 % 31)" }
    let all = keys.map { HoldOut.Item(key: $0, classes: [$0.count % 2]) }
    let folds = Fold.divide(all, into: 3, seed: 1)
    for key in Set(keys) {
      #expect(Set(keys.indices.filter { keys[$0] == key }.map { folds[$0] }).count == 1)
    }
    let sizes = (1...3).map { fold in folds.count { $0 == fold } }
    #expect(sizes.allSatisfy { (32...48).contains($0) }, "\(sizes)")
  }

  private func folder() throws -> TemporaryDirectory {
    try imageFolder(
      (0..<24).map { number -> (String, String) in
        let part = number < 20 ? "train" : "test"
        return ("\(part)/\(number % 2 == 0 ? "a" : "b")/p\(number / 4)_\(number).png", "gray.png")
      })
  }

  @Test func `of a folder hold each image out once, beside the same test images`() throws {
    let data = try folder().load()
    var held: [String] = []
    for number in 1...5 {
      let fold = try data.holdingOut(Fold(number, of: 5), groupedBy: nil, seed: 1)
      let validation = try #require(fold.validation)
      #expect(validation.count == 4 && fold.train.count == 16 && fold.test.count == 4)
      #expect(validation.labels.count { $0 == 0 } == 2, "two of each class")
      #expect(fold.heldOut?.fold == Fold(number, of: 5))
      held += validation.items.compactMap(\.key)
    }
    #expect(held.count == 20 && Set(held).count == 20)
  }

  @Test func `keep images of one group, by a pattern or by a table`() throws {
    let folder = try folder()
    let data = try folder.load()
    let table = folder.url.path + "/patients.csv"
    let rows = (0..<20).map { "p\($0 / 4)_\($0).png,\"patient, \($0 / 4)\",x" }
    try folder.write(
      Array((["file,group,else"] + rows).joined(separator: "\n").utf8), "patients.csv")
    // Blanks beside a cell are not part of it.
    let padded = (0..<20).map { "p\($0 / 4)_\($0).png,\($0 % 2 == 0 ? " " : "")\($0 / 4) " }
    try folder.write(
      Array((["file, group"] + padded).joined(separator: "\n").utf8), "padded.csv")
    let padding = FoldGroups(folder.url.path + "/padded.csv")
    for groups in [FoldGroups(#"(p\d+)_"#), FoldGroups(table), padding] {
      for number in 1...5 {
        let fold = try data.holdingOut(Fold(number, of: 5), groupedBy: groups, seed: 1)
        let names = try #require(fold.validation).items.compactMap { item in
          (item.key as NSString?)?.lastPathComponent.prefix { $0 != "_" }
        }
        #expect(names.count == 4 && Set(names).count == 1, "\(names)")
      }
    }
  }

  /// The first digit of an image's number: those of the test images, 20 to 23, begin with 2.
  @Test func `know which of their groups have test images`() throws {
    let data = try folder().load()
    func tested(_ groups: String) throws -> Int? {
      try data.holdingOut(Fold(1, of: 2), groupedBy: FoldGroups(groups), seed: 1).heldOut?.testedGroups
    }
    #expect(try tested(#"_(\d)"#) == 1)
    #expect(try tested(#"(p\d+)_"#) == 0)
  }

  @Test func `that cannot be are refused with one sentence`() throws {
    let folder = try folder()
    let data = try folder.load()
    func sentence(_ folds: Int, _ groups: String? = nil) -> String {
      do {
        _ = try data.holdingOut(
          Fold(1, of: folds), groupedBy: groups.map { FoldGroups($0) }, seed: 1)
        return "nothing was thrown"
      } catch { return "\(error)" }
    }
    #expect(sentence(11).contains("'a' has 10 training images, fewer than 11 folds"))
    #expect(sentence(21).contains("20 training images, too few for 21 folds"))
    #expect(
      sentence(2, "folder").contains("all images of the class 'a' are in the group 'train/a'"))
    #expect(sentence(6, #"(p\d+)_"#).contains("in 5 groups, too few for 6 folds"))
    #expect(sentence(2, #"(q\d+)_"#).contains("does not match train/a/p0_0.png and 19 more of 20"))
    #expect(sentence(2, "([").contains("neither 'folder', nor a .csv file"))
    #expect(sentence(2, folder.url.path + "/none.csv").contains("none.csv cannot be read"))
    try folder.write(Array("file,patient\n".utf8), "bad.csv")
    #expect(sentence(2, folder.url.path + "/bad.csv").contains("line 1: it names no columns"))
    try folder.write(Array("file,group\np0_0.png,1\np0_1.png,\n".utf8), "bad.csv")
    #expect(sentence(2, folder.url.path + "/bad.csv").contains("line 3: it has no group"))
    try folder.write(Array("file,group\np0_0.png,1\np0_0.png,2\n".utf8), "bad.csv")
    #expect(sentence(2, folder.url.path + "/bad.csv").contains("in the group 1 too"))
    try folder.write(Array("file,group\np0_0.png,1\n".utf8), "bad.csv")
    #expect(
      sentence(2, folder.url.path + "/bad.csv").contains("lists no group for train/a/p0_2.png"))
  }

  @Test func `of shards are grouped by the names in their archives`() throws {
    let source = try imageFolder(
      (0..<20).map { ("\($0 % 2 == 0 ? "a" : "b")/p\($0 / 4)_\($0).png", "gray.png") })
    let target = TemporaryDirectory()
    let shards = target.url.path + "/shards"
    _ = try ShardWriter(of: source.url.path, maximumBytes: 1_000).write(to: shards)
    let data = try DataSource(named: shards).load()
    var folds: [Substring: Set<Int>] = [:]
    for number in 1...2 {
      let fold = try data.holdingOut(
        Fold(number, of: 2), groupedBy: FoldGroups(#"^[ab]/p(\d+)_"#), seed: 1)
      for item in try #require(fold.validation).items {
        let name = try #require(item.key).split(separator: "/").last ?? ""
        folds[name.prefix { $0 != "_" }, default: []].insert(number)
      }
    }
    #expect(folds.count > 3 && folds.values.allSatisfy { $0.count == 1 }, "\(folds)")
    #expect(throws: FoldError.self) {
      try data.holdingOut(Fold(1, of: 2), groupedBy: .folder, seed: 1)
    }
  }

  @Test func `of images without names cannot be grouped`() throws {
    let data = Shapes.classification(train: 40, test: 8, seed: 1)
    #expect(throws: FoldError.noFileNames(data: "shapes")) {
      try data.holdingOut(Fold(1, of: 2), groupedBy: .folder, seed: 1)
    }
    #expect(try data.holdingOut(Fold(2, of: 2), groupedBy: nil, seed: 1).train.count > 0)
  }
}

import Boxes
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Datasets

struct `What one process finds out for all` {
  /// Reads data as the process that finds them, and as one that is handed what was found, which it cannot find itself.
  private func handed<Value>(_ read: () throws -> Value) throws -> (first: Value, other: Value) {
    let bytes = Mutex<[Data]>([])
    let giving = SharedDiscovery.Share { body in
      let found = try body()
      bytes.withLock { $0.append(found) }
      return found
    }
    let taking = SharedDiscovery.Share { _ in bytes.withLock { $0.removeFirst() } }
    let first = try SharedDiscovery.$share.withValue(giving, operation: read)
    let other = try SharedDiscovery.$share.withValue(taking, operation: read)
    #expect(bytes.withLock { $0.isEmpty }, "everything that was found is handed over, once")
    return (first, other)
  }

  private func expectSameBoxes(_ read: () throws -> DetectionSplitData) throws {
    let (first, other) = try handed(read)
    #expect(other.train.images == first.train.images && !first.train.images.isEmpty)
    #expect(other.validation?.images == first.validation?.images)
    #expect(other.test.images == first.test.images && !first.test.images.isEmpty)
    #expect(other.classNames == first.classNames && other.classNumbers == first.classNumbers)
    #expect(other.leftOut == first.leftOut)
    #expect(other.notes == first.notes)
    #expect(other.found == first.found && other.testSplit == first.testSplit)
    #expect(other.account == first.account && !first.account.entries.isEmpty)
    #expect(other.train.frame == first.train.frame)
    #expect(other.record == first.record)
  }

  @Test func `has COCO's boxes, their numbers, crowds and those that were left out`() throws {
    let directory = BoxDirectory()
    for name in ["a.png", "é b.png", "c.png"] { try directory.image(name) }
    try directory.write(
      """
      {"images": [{"id": 9007199254740993, "file_name": "a.png", "width": 37, "height": 26},
                  {"id": -2, "file_name": "é b.png", "width": 37, "height": 26},
                  {"id": 0, "file_name": "c.png", "width": 37, "height": 26}],
       "categories": [{"id": 90, "name": "cell"}, {"id": 7, "name": "a, \\"b\\""}],
       "annotations": [
         {"id": 1, "image_id": 9007199254740993, "category_id": 7, "bbox": [0.1, 2.7, 9.3, 9], "area": 3.25},
         {"id": 2, "image_id": 9007199254740993, "category_id": 90, "bbox": [1, 2, 9, 9], "iscrowd": 1},
         {"id": 3, "image_id": -2, "category_id": 90, "bbox": [1, 2, 0, 9]},
         {"id": 4, "image_id": -2, "category_id": 90, "bbox": [1, 2, 3, 9]},
         {"id": 5, "image_id": 0, "category_id": 7, "bbox": [1, 2, 3, 9], "ignore": 1},
         {"id": 6, "image_id": 0, "category_id": 90, "bbox": [30, 20, 7, 6]}]}
      """, "boxes.json")
    try expectSameBoxes { try DataSource(named: directory.path).loadBoxes() }
    try expectSameBoxes {
      var options = BoxOptions()
      options.isForEvaluation = true
      return try DataSource(named: directory.path).loadBoxes(options)
    }
  }

  @Test func `has VOC's boxes by split`() throws {
    let directory = BoxDirectory()
    for (number, part) in ["train", "val", "test"].enumerated() {
      try directory.image("JPEGImages/i\(number).png")
      try directory.write("i\(number)\n", "ImageSets/Main/\(part).txt")
      try directory.write(
        """
        <annotation><filename>i\(number).png</filename>
        <size><width>37</width><height>26</height></size>
        <object><name>cell</name><difficult>\(number % 2)</difficult><bndbox>
        <xmin>10</xmin><ymin>2</ymin><xmax>19</xmax><ymax>9</ymax>
        </bndbox></object>
        <object><name>cell</name><bndbox>
        <xmin>10</xmin><ymin>2</ymin><xmax>19</xmax><ymax>9</ymax>
        </bndbox></object></annotation>
        """, "Annotations/i\(number).xml")
    }
    try expectSameBoxes { try DataSource(named: directory.path).loadBoxes() }
  }

  private func expectSameMasks(_ directory: MaskDirectory, isForEvaluation: Bool = false) throws {
    var options = DataOptions()
    options.isForEvaluation = isForEvaluation
    let (first, other) = try handed { try directory.load(options) }
    for (own, its) in [(first.train, other.train), (first.test, other.test)] {
      #expect(its.names == own.names && !own.names.isEmpty)
      #expect(its.pixelCounts == own.pixelCounts && its.imageCounts == own.imageCounts)
      #expect(its.classNames == own.classNames && its.isInstance == own.isInstance)
    }
    #expect(other.validation?.names == first.validation?.names)
    #expect(other.found == first.found && other.notes == first.notes)
    #expect(other.testSplit == first.testSplit && other.broken == first.broken)
    #expect(other.account == first.account && !first.account.entries.isEmpty)
    #expect(other.record == first.record)
  }

  @Test(arguments: [false, true])
  func `has masks by split, what is in them, and which are broken`(hasSplits: Bool) throws {
    let directory = MaskDirectory()
    for number in 0..<8 {
      try directory.image("images/i\(number).png")
      try directory.mask("masks/i\(number).png") { $0 % 3 == 0 ? 255 : 0 }
    }
    if hasSplits {
      for (part, numbers) in [("train", 0..<5), ("val", 5..<6), ("test", 6..<8)] {
        try directory.write(numbers.map { "i\($0)\n" }.joined(), "\(part).txt")
      }
    }
    try expectSameMasks(directory)
    try expectSameMasks(directory, isForEvaluation: true)
  }

  @Test func `has maps of instances`() throws {
    let directory = MaskDirectory()
    for number in 0..<6 {
      try directory.image("images/i\(number).png")
      try directory.instances("instances/i\(number).png") { UInt16($0 % 300) }
    }
    try expectSameMasks(directory)
  }

  @Test func `is numbers and strings of any kind`() throws {
    func sent<Value: Codable>(_ value: Value) throws -> Value {
      try PropertyListDecoder().decode(Value.self, from: PropertyListEncoder().encode(value))
    }
    let strings = ["", "a", "e\u{301}", "é", "with\0zero", "日本 語", ""]
    let received = try sent(PackedStrings(strings)).strings
    #expect(received.map { Array($0.utf8) } == strings.map { Array($0.utf8) })
    #expect(try sent(PackedStrings([])).strings.isEmpty)
    #expect(
      try sent(PackedNumbers([Int.min, -1, 0, .max])).values == [Int.min, -1, 0, .max])
    let numbers: [Double] = [-0.0, .infinity, .leastNonzeroMagnitude]
    #expect(try sent(PackedNumbers(numbers)).values == numbers)
    #expect(try sent(PackedNumbers([Double.nan])).values[0].isNaN)
  }
}

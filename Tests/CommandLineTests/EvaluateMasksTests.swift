import Datasets
import Foundation
import Masks
import TestSupport
import Testing

/// `rondo evaluate` with two folders of masks, which needs no LibTorch.
@Suite struct `Evaluation of a folder of masks` {
  private let directory = TemporaryDirectory()

  private func write(_ map: LabelMap, _ name: String, isInstance: Bool = false) throws {
    let file = directory.url(name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try (isInstance ? PNG.instances(map) : PNG.classes(map)).write(to: file)
  }

  /// A row of eight pixels, of which those from `start` on have a label.
  private func row(from start: Int, to end: Int = 6, label: UInt16 = 1) -> LabelMap {
    LabelMap(
      width: 8, height: 1, labels: (0..<8).map { (start..<end).contains($0) ? label : 0 })
  }

  private func evaluate(_ arguments: [String] = [], truth: String = "true") throws -> Program.Result {
    try Program.run(
      ["evaluate", "--predictions", "found", "--ground-truth", truth] + arguments, in: directory.url
    )
  }

  @Test func `gives the metrics as a table, and of classes and masks if wanted`() throws {
    try write(row(from: 2), "true/a.png")
    try write(row(from: 4), "found/a.png")
    try write(row(from: 2), "true/b.png")
    try write(row(from: 2), "found/b.png")
    let result = try evaluate()
    #expect(result.status == 0, "\(result.messages)")
    // Two of four pixels: Dice 2/3, and 1 for the other.
    let line = try #require(result.output.split(separator: "\n").first { $0.hasSuffix(" dice") })
    #expect(line.split(separator: " ").suffix(3) == ["case", "0.8333", "dice"])
    #expect(result.messages.contains("2 masks of 2 classes."))
    let json = try evaluate(["--format", "json", "--per-class", "--per-case"])
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    #expect(object["dice_pooled"] as? Double == 12.0 / 14)
    #expect(object["pixel_accuracy"] as? Double == 14.0 / 16)
    let classes = try #require(object["per_class"] as? [String: [String: Any]])
    #expect(classes["class 1"]?["iou"] as? Double == 0.75)
    let cases = try #require(object["per_case"] as? [String: [String: Double]])
    #expect(cases["b"]?["dice"] == 1 && cases["a"]?["iou"] == 0.5)
    #expect(object["ap50"] == nil)
  }

  @Test func `passes over the overlays that predict writes beside its masks`() throws {
    for folder in ["true", "found"] { try write(row(from: 2), folder + "/a.png") }
    try write(row(from: 3), "found/a-overlay.png")
    let result = try evaluate(["--format", "json"])
    let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
    #expect(object?["dice"] as? Double == 1, "\(result.messages)")
    // A mask of that name is one.
    try write(row(from: 2), "true/a-overlay.png")
    #expect(try evaluate().messages.contains("2 masks of 2 classes."))
  }

  @Test func `takes one value as the foreground only where both folders have it`() throws {
    // Dice of each class over both masks, by hand: 2 * overlap / (truth + prediction).
    let cases: [(truth: UInt16, found: [UInt16], dice: Double?)] = [
      (2, [2, 2], 1), (255, [1, 1], 1), (1, [255, 255], 1), (2, [1, 1], 0), (2, [2, 1], 0.5),
      (1, [2, 2], nil), (2, [255, 255], nil), (255, [2, 2], nil),
    ]
    func write(_ value: UInt16, _ name: String) throws {
      let levels = (0..<8).map { (2..<6).contains($0) ? UInt8(value) : 0 }
      try levels.withUnsafeBufferPointer {
        try directory.write(PNG.encoded($0, width: 8, height: 1, channels: 1), name)
      }
    }
    for (truth, found, dice) in cases {
      for (name, value) in zip(["a", "b"], found) {
        try write(truth, "true/\(name).png")
        try write(value, "found/\(name).png")
      }
      let result = try evaluate(["--format", "json", "--per-class"])
      #expect((result.status == 0) == (dice != nil), "\(truth) \(found): \(result.messages)")
      guard dice != nil else { continue }
      let object =
        try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
      let classes = try #require(object?["per_class"] as? [String: [String: Any]])
      let own = classes["foreground"] ?? classes["class 2"] ?? classes["class 1"]
      let pooled = try #require(own?["dice_pooled"] as? Double, "\(truth) \(found)")
      // Of two masks with four pixels each, one right: 2 * 4 / (8 + 4).
      #expect(abs(pooled - (dice == 0.5 ? 8.0 / 12 : dice ?? 0)) < 1e-9, "\(truth) \(found)")
    }
  }

  @Test func `names the path that is not there`() throws {
    try write(row(from: 4), "found/a.png")
    let result = try evaluate(truth: "tru")
    #expect(result.status != 0)
    #expect(result.messages.contains("--ground-truth: tru does not exist"), "\(result.messages)")
  }

  @Test func `matches instances`() throws {
    try write(row(from: 0, to: 4, label: 7), "instances/a.png", isInstance: true)
    try write(row(from: 1, to: 4, label: 3), "found/a.png", isInstance: true)
    let result = try evaluate(["--format", "json"], truth: "instances")
    #expect(result.status == 0, "\(result.messages)")
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Double])
    // Three of four pixels: above 0.5 to 0.7.
    #expect(object["ap50"] == 1 && object["ap"] == 0.5)
    #expect(result.messages.contains("1 mask of instances."))
  }

  @Test func `refuses bad input with one sentence, and status 2`() throws {
    func reset() throws {
      for folder in ["true", "found"] {
        try? FileManager.default.removeItem(at: directory.url(folder))
        for name in ["a", "b"] { try write(row(from: 2), "\(folder)/\(name).png") }
      }
    }
    let cases: [(change: () throws -> Void, messages: String)] = [
      (
        { try FileManager.default.removeItem(at: directory.url("found/b.png")) },
        "true/b.png has no prediction: there is no found/b.png"
      ),
      ({ try write(row(from: 1), "found/c.png") }, "found/c.png has no true mask"),
      (
        { try write(LabelMap(width: 4, height: 2, filledWith: 1), "found/b.png") },
        "found/b.png has 4x2 pixels, but the true mask true/b.png has 8x1"
      ),
      (
        { try write(row(from: 2, label: 9), "found/b.png") },
        "found/b.png: the value 9 (4 pixels) is outside the 2 classes"
      ),
      (
        { try write(LabelMap(width: 8, height: 1, filledWith: LabelMap.ignored), "true/a.png") },
        "true/a.png is ignored at every pixel"
      ),
      (
        {
          let pixels = [UInt8](repeating: 0, count: 23) + [9]
          try pixels.withUnsafeBufferPointer {
            try PNG.encoded($0, width: 8, height: 1, channels: 3).write(
              to: directory.url("found/a.png"))
          }
        }, "found/a.png: the color 0 0 0 (7 pixels) is no class, since no classes.txt lists colors"
      ),
      ({ try directory.write("text", "found/a.png") }, "found/a.png is not a lossless image"),
      (
        {
          let bytes = try Data(contentsOf: directory.url("found/a.png"))
          try bytes.prefix(60).write(to: directory.url("found/a.png"))
        }, "found/a.png cannot be read: it is truncated or damaged"
      ),
    ]
    for (change, messages) in cases {
      try reset()
      try change()
      let result = try evaluate()
      #expect(result.status == 2, "\(messages)")
      #expect(result.output == "")
      #expect(result.messages.contains(messages), "\(result.messages)")
      #expect(result.messages.split(separator: "\n").count == 1)
    }
    try reset()
    try directory.write("{}", "file.json")
    #expect(
      try evaluate(truth: "file.json").messages.contains("two files, or two folders of masks"))
    #expect(try evaluate(truth: "nowhere").status == 2)
  }
}

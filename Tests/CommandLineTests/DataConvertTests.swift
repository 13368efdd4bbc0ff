import Foundation
import TestSupport
import Testing

/// `rondo data convert`.
@Suite struct `Converting a data set` {
  private let directory = TemporaryDirectory()

  private static let coco = """
    {"images": [{"id": 4, "file_name": "a.jpg", "width": 64, "height": 48}],
     "categories": [{"id": 7, "name": "cat"}],
     "annotations": [
      {"id": 1, "image_id": 4, "category_id": 7, "bbox": [1, 2, 30, 40], "iscrowd": 1},
      {"id": 2, "image_id": 4, "category_id": 7, "bbox": [1, 2, 30, 0]},
      {"id": 3, "image_id": 4, "category_id": 7, "bbox": [8, 6, 32, 24]}]}
    """

  init() throws { try directory.write(Self.coco, "coco.json") }

  private func convert(_ arguments: [String]) throws -> Program.Result {
    try Program.run(["data", "convert"] + arguments, in: directory.url)
  }

  @Test func `writes it, and says what was left out and where`() throws {
    let result = try convert([
      "--from", "coco", "--to", "yolo", "--images", "none", "--format", "json", "coco.json", "yolo",
    ])
    #expect(result.status == 0, "\(result.messages)")
    #expect(
      try String(contentsOf: directory.url("yolo/labels/all/a.txt"), encoding: .utf8)
        == "0 0.375 0.375 0.5 0.5\n")
    for messages in [
      "1 image with 1 box of 1 class, in all (1).", "coco.json: annotations[1] has no area",
      "1 box of crowds left out: YOLO's format has none.",
    ] {
      #expect(result.messages.contains(messages), "\(result.messages)")
    }
    let output = try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    #expect(output["boxes"] as? Int == 1 && output["crowds_left_out"] as? Int == 1)
    #expect(output["left_out"] as? [String] == ["coco.json: annotations[1] has no area"])
  }

  @Test func `recognizes the form, and converts further`() throws {
    #expect(try convert(["--to", "voc", "--images", "none", "coco.json", "voc"]).status == 0)
    let back = try convert(["--to", "coco", "--images", "none", "voc", "back"])
    #expect(back.status == 0, "\(back.messages)")
    let json = try String(
      contentsOf: directory.url("back/annotations/instances_all.json"), encoding: .utf8)
    #expect(json.contains(#""bbox":[8,6,32,24]"#) && json.contains(#""iscrowd":1"#), "\(json)")
  }

  @Test func `keeps the wanted classes, with spaces or without, and counts the boxes of others`() throws {
    try directory.write(
      Self.coco.replacingOccurrences(
        of: "24]}]}", with: #"24]}, {"id": 4, "image_id": 4, "category_id": 8, "bbox": [1, 1, 9, 9]}]}"#
      )
      .replacingOccurrences(of: #""cat"}"#, with: #""cat"}, {"id": 8, "name": "red fox"}, {"id": 9, "name": "eel"}"#),
      "coco.json")
    func convert(_ classes: String) throws -> Program.Result {
      try self.convert(["--to", "coco", "--images", "none", "--classes", classes, "coco.json", "new"])
    }
    for (classes, messages) in [
      ("cat, fox", "coco.json has no class 'fox'; it has cat, red fox, eel."),
      ("cat,cat", "--classes 'cat,cat' names 'cat' twice"), ("cat,,eel", "has an empty name"), ("", "empty"),
    ] {
      let refused = try convert(classes)
      #expect(refused.status == 2 && refused.messages.contains(messages), "\(refused.messages)")
    }
    let kept = try convert("eel, cat")
    #expect(kept.status == 0, "\(kept.messages)")
    #expect(
      kept.messages.contains("boxes of classes not among --classes are left out: red fox (1)\n"), "\(kept.messages)")
    // The box without area is invalid, and the fox is not.
    #expect(kept.messages.contains("Left out as invalid: 1 box."), "\(kept.messages)")
    let file = try self.convert(["--to", "coco", "--images", "none", "coco.json", "new.json"])
    #expect(file.status == 2 && file.messages.contains("a .json file"), "\(file.messages)")
  }

  private static let refused = [
    (["--to", "voc", "coco.json", "new"], "coco.json annotates"),
    (["--to", "voc", "--images", "none", "coco.json", "coco.json"], "coco.json exists already"),
    (["--to", "voc", "nowhere", "new"], "nowhere cannot be read: No such file or directory"),
    (["--from", "voc", "--to", "coco", "nowhere.json", "new"], "nowhere.json"),
    (["--to", "cocoa", "coco.json", "new"], "cocoa"),
  ]

  @Test func `refuses bad input with status 2, and writes nothing`() async throws {
    try await concurrently(Self.refused) { arguments, messages in
      let result = try convert(arguments)
      #expect(result.status == 2, "\(result.messages)")
      #expect(result.messages.contains(messages), "\(result.messages)")
    }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: directory.url.path) == ["coco.json"])
  }

  @Test(arguments: ["coco", "voc", "yolo"])
  func `follows no name out of its folder, and leaves what is there alone`(form: String) throws {
    for folder in ["outside", "new.partial", "set/annotations"] {
      try FileManager.default.createDirectory(
        at: directory.url(folder), withIntermediateDirectories: true)
    }
    try directory.write("mine", "outside/notes.txt")
    try directory.write("mine", "new.partial/notes.txt")
    try directory.write(
      Self.coco.replacingOccurrences(of: "a.jpg", with: "../../outside/notes.png"),
      "set/annotations/instances_train.json")
    let result = try convert(["--to", form, "--images", "none", "set", "new"])
    #expect(result.status == 2, "\(result.messages)")
    #expect(
      result.messages.contains(
        "images[0].file_name is '../../outside/notes.png', which leads out of"),
      "\(result.messages)")
    for (arguments, messages) in [
      (["--to", form, "set", "set/new"], "set/new is inside set, which is read"),
      (["--to", form, "set", "set"], "set exists already"),
    ] {
      let refused = try convert(arguments)
      #expect(refused.status == 2 && refused.messages.contains(messages), "\(refused.messages)")
    }
    for file in ["outside/notes.txt", "new.partial/notes.txt"] {
      #expect(try String(contentsOf: directory.url(file), encoding: .utf8) == "mine")
    }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: directory.url.path).sorted()
        == ["coco.json", "new.partial", "outside", "set"])
  }
}

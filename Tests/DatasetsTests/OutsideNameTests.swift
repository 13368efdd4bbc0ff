import Boxes
import Foundation
import Testing

@testable import Datasets

@Suite struct `Names that lead out of a data set` {
  private let directory: BoxDirectory

  init() throws {
    directory = BoxDirectory()
    try directory.image("outside/notes.png")
    try directory.write("mine", "outside/notes.txt")
  }

  private static func coco(_ name: String) -> String {
    """
    {"images": [{"id": 1, "file_name": "\(name)", "width": 37, "height": 26}],
     "categories": [{"id": 1, "name": "cat"}],
     "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 8, 7]}]}
    """
  }

  @Test func `are refused by COCO's reader, with and without images`() throws {
    for name in [
      "../outside/notes.png", directory.path("outside/notes.png"), #"..\\outside\\notes.png"#,
    ] {
      try directory.write(Self.coco(name), "set/annotations/instances_train.json")
      let sentence = directory.sentence(.coco, "set")
      #expect(sentence.contains("images[0].file_name is '"), "\(sentence)")
      #expect(sentence.contains("leads out of"), "\(sentence)")
      // Those who trust the names may.
      let trusted = try? AnnotationFormat.coco.read(
        directory.path("set"), options: DetectionOptions(allowsLinks: true))
      #expect(name.contains("\\") || trusted?.splits[0].images.count == 1)
    }
    try directory.write(Self.coco("../../x.png"), "set/annotations/instances_train.json")
    let sentence = directory.sentence(.coco, "set", DetectionOptions(needsImages: false))
    #expect(sentence.contains("leads out of"), "\(sentence)")
  }

  @Test func `are refused by YOLO's reader, in lists and descriptions`() throws {
    for source in ["../outside", directory.path("outside")] {
      try directory.write("train: \(source)\nnames: [cat]\n", "set/data.yaml")
      #expect(directory.sentence(.yolo, "set").contains("leads out of"))
    }
    try directory.write("train: train.txt\nnames: [cat]\n", "set/data.yaml")
    for line in ["../outside/notes.png", directory.path("outside/notes.png")] {
      try directory.write(line + "\n", "set/train.txt")
      let sentence = directory.sentence(.yolo, "set")
      #expect(sentence.contains("train.txt: line 1 is '\(line)', which leads out"), "\(sentence)")
    }
  }

  @Test func `lead nowhere by a link, but to images`() throws {
    try directory.write(Self.coco("a.png"), "set/annotations/instances_train.json")
    try directory.write("", "set/train/x")
    let files = FileManager.default
    try files.createSymbolicLink(
      atPath: directory.path("set/train/a.png"),
      withDestinationPath: directory.path("outside/notes.png"))
    #expect(try AnnotationFormat.coco.read(directory.path("set")).splits[0].images.count == 1)
    try directory.remove("set/train")
    try directory.image("elsewhere/a.png")
    try files.createSymbolicLink(
      atPath: directory.path("set/train"), withDestinationPath: directory.path("elsewhere"))
    #expect(directory.sentence(.coco, "set").contains("is a link to"))
  }

  @Test func `are written nowhere`() throws {
    func data(_ name: String, split: String = "train") -> DetectionData {
      DetectionData(
        classNames: ["cat"],
        splits: [
          DetectionSplit(
            name: split,
            images: [
              AnnotatedImage(
                name: name, path: directory.path("outside/notes.png"), width: 37, height: 26)
            ])
        ])
    }
    for format in AnnotationFormat.allCases {
      for (name, split) in [
        ("../../../outside/notes.png", "train"), (directory.path("outside/notes.png"), "train"),
        ("a.png", "../../outside"), ("a.png", "/tmp/x"), ("a.png", ".."), ("a.png", "a/b"),
        ("a.png", ""),
        ("a\nb.png", "train"),
      ] {
        let error = #expect(throws: AnnotationError.self) {
          try DetectionConversion(of: data(name, split: split), to: format, images: .none)
            .write(to: directory.path("new/out"))
        }
        #expect(error.map { "\($0)" }?.contains("cannot be written") == true)
      }
    }
    #expect(
      try String(contentsOfFile: directory.path("outside/notes.txt"), encoding: .utf8) == "mine")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: directory.path("outside")).count == 2)
  }

  @Test func `through a folder among the images are written nowhere`() throws {
    try directory.image("set/sub/x.png")
    // A folder as an image, and an image below it: a link to the folder would be written through.
    let images = ["sub", "sub/y.png"].map {
      AnnotatedImage(
        name: $0, path: directory.path("set/\($0)"), width: 37, height: 26)
    }
    let data = DetectionData(
      classNames: ["cat"], splits: [DetectionSplit(name: "train", images: images)])
    _ = try? DetectionConversion(of: data, to: .coco).write(to: directory.path("new"))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: directory.path("set/sub")) == ["x.png"])
  }

  @Test func `leave what is beside the new folder alone, by one process or many`() throws {
    try directory.write("mine", "new.partial/notes.txt")
    try directory.image("a.png")
    let data = DetectionData(
      classNames: ["cat"],
      splits: [
        DetectionSplit(
          name: "train",
          images: [
            AnnotatedImage(
              name: "a.png", path: directory.path("a.png"), width: 37, height: 26,
              boxes: [AnnotatedBox(Box(x: 1, y: 2, width: 8, height: 7), label: 0)])
          ])
      ])
    let out = directory.path("new")
    onAllCores(8, makeWorker: {}) { _, index in
      _ = try? DetectionConversion(of: data, to: AnnotationFormat.allCases[index % 3]).write(
        to: out)
    }
    let format = try #require(AnnotationFormat.recognized(at: out))
    #expect(try format.read(out).splits[0].images.count == 1)
    #expect(
      try String(contentsOfFile: directory.path("new.partial/notes.txt"), encoding: .utf8) == "mine"
    )
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
        == ["a.png", "new", "new.partial", "outside"])
  }

  @Test func `within what is read, or where something lies, are refused`() throws {
    try directory.write("", "set/x")
    try FileManager.default.createSymbolicLink(
      atPath: directory.path("link"), withDestinationPath: directory.path("nowhere"))
    try FileManager.default.createSymbolicLink(
      atPath: directory.path("same"), withDestinationPath: directory.path("set"))
    for (out, words) in [
      ("set", "exists already"), ("link", "exists already"), ("set/new", "is inside"),
      ("set/a/b/new", "is inside"), ("same/new", "is inside"),
      ("set/../set/new", "is inside"),
    ] {
      let error = #expect(throws: AnnotationError.self) {
        try DetectionConversion.check(directory.path(out), input: directory.path("set"))
      }
      #expect(error.map { "\($0)" }?.contains(words) == true, "\(out)")
    }
    try DetectionConversion.check(directory.path("new"), input: directory.path("set"))
    try DetectionConversion.check(directory.path("set-2"), input: directory.path("set"))
  }
}

import Boxes
import Foundation
import Testing

@testable import Datasets

@Suite struct `Names that lead out of a data set` {
  private let place: BoxPlace

  init() throws {
    place = try BoxPlace()
    try place.image("outside/notes.png")
    try place.write("mine", "outside/notes.txt")
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
      "../outside/notes.png", place.path("outside/notes.png"), #"..\\outside\\notes.png"#,
    ] {
      try place.write(Self.coco(name), "set/annotations/instances_train.json")
      let sentence = place.sentence(.coco, "set")
      #expect(sentence.contains("images[0].file_name is '"), "\(sentence)")
      #expect(sentence.contains("leads out of"), "\(sentence)")
      // Those who trust the names may.
      let trusted = try? DetectionForm.coco.read(
        place.path("set"), options: DetectionOptions(allowsLinks: true))
      #expect(name.contains("\\") || trusted?.splits[0].images.count == 1)
    }
    try place.write(Self.coco("../../x.png"), "set/annotations/instances_train.json")
    let sentence = place.sentence(.coco, "set", DetectionOptions(needsImages: false))
    #expect(sentence.contains("leads out of"), "\(sentence)")
  }

  @Test func `are refused by YOLO's reader, in lists and descriptions`() throws {
    for source in ["../outside", place.path("outside")] {
      try place.write("train: \(source)\nnames: [cat]\n", "set/data.yaml")
      #expect(place.sentence(.yolo, "set").contains("leads out of"))
    }
    try place.write("train: train.txt\nnames: [cat]\n", "set/data.yaml")
    for line in ["../outside/notes.png", place.path("outside/notes.png")] {
      try place.write(line + "\n", "set/train.txt")
      let sentence = place.sentence(.yolo, "set")
      #expect(sentence.contains("train.txt: line 1 is '\(line)', which leads out"), "\(sentence)")
    }
  }

  @Test func `lead nowhere by a link, but to images`() throws {
    try place.write(Self.coco("a.png"), "set/annotations/instances_train.json")
    try place.write("", "set/train/x")
    let files = FileManager.default
    try files.createSymbolicLink(
      atPath: place.path("set/train/a.png"),
      withDestinationPath: place.path("outside/notes.png"))
    #expect(try DetectionForm.coco.read(place.path("set")).splits[0].images.count == 1)
    try place.remove("set/train")
    try place.image("elsewhere/a.png")
    try files.createSymbolicLink(
      atPath: place.path("set/train"), withDestinationPath: place.path("elsewhere"))
    #expect(place.sentence(.coco, "set").contains("is a link to"))
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
                name: name, path: place.path("outside/notes.png"), width: 37, height: 26)
            ])
        ])
    }
    for form in DetectionForm.allCases {
      for (name, split) in [
        ("../../../outside/notes.png", "train"), (place.path("outside/notes.png"), "train"),
        ("a.png", "../../outside"), ("a.png", "/tmp/x"), ("a.png", ".."), ("a.png", "a/b"),
        ("a.png", ""),
        ("a\nb.png", "train"),
      ] {
        let error = #expect(throws: AnnotationError.self) {
          try DetectionConversion(of: data(name, split: split), to: form, images: .none)
            .write(to: place.path("new/out"))
        }
        #expect(error.map { "\($0)" }?.contains("cannot be written") == true)
      }
    }
    #expect(try String(contentsOfFile: place.path("outside/notes.txt"), encoding: .utf8) == "mine")
    #expect(try FileManager.default.contentsOfDirectory(atPath: place.path("outside")).count == 2)
  }

  @Test func `through a folder among the images are written nowhere`() throws {
    try place.image("set/sub/x.png")
    // A folder as an image, and an image below it: a link to the folder would be written through.
    let images = ["sub", "sub/y.png"].map {
      AnnotatedImage(
        name: $0, path: place.path("set/\($0)"), width: 37, height: 26)
    }
    let data = DetectionData(
      classNames: ["cat"], splits: [DetectionSplit(name: "train", images: images)])
    _ = try? DetectionConversion(of: data, to: .coco).write(to: place.path("new"))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: place.path("set/sub")) == ["x.png"])
  }

  @Test func `leave what is beside the new folder alone, by one process or many`() throws {
    try place.write("mine", "new.partial/notes.txt")
    try place.image("a.png")
    let data = DetectionData(
      classNames: ["cat"],
      splits: [
        DetectionSplit(
          name: "train",
          images: [
            AnnotatedImage(
              name: "a.png", path: place.path("a.png"), width: 37, height: 26,
              boxes: [AnnotatedBox(Box(x: 1, y: 2, width: 8, height: 7), label: 0)])
          ])
      ])
    let out = place.path("new")
    onAllCores(8, makeWorker: {}) { _, index in
      _ = try? DetectionConversion(of: data, to: DetectionForm.allCases[index % 3]).write(to: out)
    }
    let form = try #require(DetectionForm.recognized(at: out))
    #expect(try form.read(out).splits[0].images.count == 1)
    #expect(
      try String(contentsOfFile: place.path("new.partial/notes.txt"), encoding: .utf8) == "mine")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: place.path).sorted()
        == ["a.png", "new", "new.partial", "outside"])
  }

  @Test func `within what is read, or where something lies, are refused`() throws {
    try place.write("", "set/x")
    try FileManager.default.createSymbolicLink(
      atPath: place.path("link"), withDestinationPath: place.path("nowhere"))
    try FileManager.default.createSymbolicLink(
      atPath: place.path("same"), withDestinationPath: place.path("set"))
    for (out, words) in [
      ("set", "exists already"), ("link", "exists already"), ("set/new", "is inside"),
      ("set/a/b/new", "is inside"), ("same/new", "is inside"),
      ("set/../set/new", "is inside"),
    ] {
      let error = #expect(throws: AnnotationError.self) {
        try DetectionConversion.check(place.path(out), input: place.path("set"))
      }
      #expect(error.map { "\($0)" }?.contains(words) == true, "\(out)")
    }
    try DetectionConversion.check(place.path("new"), input: place.path("set"))
    try DetectionConversion.check(place.path("set-2"), input: place.path("set"))
  }
}

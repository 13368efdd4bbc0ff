import Boxes
import Foundation
import Testing

@testable import Datasets

/// How programs that people label with lay their files out.
@Suite struct `The usual layouts of boxes` {
  private let directory: BoxDirectory

  init() throws { directory = BoxDirectory() }

  private static func xml(_ file: String) -> String {
    """
    <annotation><filename>\(file)</filename><size><width>37</width><height>26</height></size>
    <object><name>cat</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>9</xmax><ymax>9</ymax></bndbox>
    </object></annotation>
    """
  }

  private static func coco(_ files: [String], categories: String? = nil) -> String {
    let images = files.enumerated().map {
      #"{"id": \#($0 + 1), "file_name": "\#($1)", "width": 37, "height": 26}"#
    }
    let boxes = files.indices.map {
      #"{"id": \#($0 + 1), "image_id": \#($0 + 1), "category_id": 1, "bbox": [1, 2, 8, 7]}"#
    }
    return """
      {"images": [\(images.joined(separator: ","))],
       "categories": [\(categories ?? #"{"id": 1, "name": "cat"}"#)],
       "annotations": [\(boxes.joined(separator: ","))]}
      """
  }

  private static let box = AnnotatedBox(Box(x: 1, y: 2, width: 8, height: 7), label: 0)
  private static let yolo =
    "0 0.1351351351351351 0.2115384615384615 0.2162162162162162 0.2692307692307692\n"

  /// The files of a layout, and which splits of which images it has.
  struct Layout: Sendable, CustomTestStringConvertible {
    var name: String
    var format: AnnotationFormat
    var texts: [String: String]
    var images: [String]
    var splits: [String: [String]]
    var testDescription: String { name }
  }

  static let layouts: [Layout] = [
    Layout(
      name: "LabelImg: XML beside the images", format: .voc,
      texts: ["a.xml": xml("a.png"), "my b.xml": xml("my b.png")], images: ["a.png", "my b.png"],
      splits: ["all": ["a.png", "my b.png"]]),
    Layout(
      name: "annotations/ and images/ in small letters", format: .voc,
      texts: ["annotations/a.xml": xml("a.png")], images: ["images/a.png"],
      splits: ["all": ["a.png"]]),
    Layout(
      name: "ANNOTATIONS/ and Images/, and names of another machine", format: .voc,
      texts: ["ANNOTATIONS/a.xml": xml(#"C:\photos\a.png"#)], images: ["Images/a.png"],
      splits: ["all": ["a.png"]]),
    Layout(
      name: "annotations/xmls/, as the Oxford pets have them", format: .voc,
      texts: ["annotations/xmls/a.xml": xml("a.jpg")], images: ["images/a.jpg"],
      splits: ["all": ["a.jpg"]]),
    Layout(
      name: "Roboflow: Pascal VOC", format: .voc,
      texts: [
        "train/a_jpg.rf.01.xml": xml("a_jpg.rf.01.jpg"), "valid/b.xml": xml("b.jpg"),
        "test/c.xml": xml("c.jpg"), "README.dataset.txt": "words",
      ], images: ["train/a_jpg.rf.01.jpg", "valid/b.jpg", "test/c.jpg"],
      splits: ["train": ["a_jpg.rf.01.jpg"], "valid": ["b.jpg"], "test": ["c.jpg"]]),
    Layout(
      name: "parts with folders of both", format: .voc,
      texts: ["Train/annotations/a.xml": xml("a.jpg"), "Test/annotations/a.xml": xml("a.jpg")],
      images: ["Train/images/a.jpg", "Test/images/a.jpg"],
      splits: ["Train": ["a.jpg"], "Test": ["a.jpg"]]),
    Layout(
      name: "both with folders of parts", format: .voc,
      texts: ["annotations/train/a.xml": xml("a.jpg"), "annotations/val/b.xml": xml("b.jpg")],
      images: ["images/train/a.jpg", "images/val/b.jpg"],
      splits: ["train": ["a.jpg"], "val": ["b.jpg"]]),
    Layout(
      name: "lists with spaces, paths and extensions", format: .voc,
      texts: [
        "Annotations/img 1.xml": xml("img 1.png"), "Annotations/b.xml": xml("b.png"),
        "ImageSets/Main/train.txt": "\u{FEFF}img 1\r\n",
        "ImageSets/Main/val.txt": "JPEGImages/b.png\r\n",
        "ImageSets/Main/cat_train.txt": "img 1 1\r\n",
      ], images: ["JPEGImages/img 1.png", "JPEGImages/b.png"],
      splits: ["train": ["img 1.png"], "val": ["b.png"]]),
    Layout(
      name: "lists beside the folders", format: .voc,
      texts: [
        "annotations/a.xml": xml("a.png"), "annotations/b.xml": xml("b.png"), "train.txt": "a\n",
        "val.txt": "b\n",
      ], images: ["images/a.png", "images/b.png"], splits: ["train": ["a.png"], "val": ["b.png"]]),

    Layout(
      name: "Roboflow: COCO", format: .coco,
      texts: [
        "train/_annotations.coco.json": coco(
          ["a.png"],
          categories: #"""
            {"id": 0, "name": "cells", "supercategory": "none"},
            {"id": 1, "name": "cat", "supercategory": "cells"}
            """#),
        "valid/_annotations.coco.json": coco(
          ["b.png"],
          categories: #"""
            {"id": 0, "name": "cells", "supercategory": "none"},
            {"id": 1, "name": "cat", "supercategory": "cells"}
            """#),
      ], images: ["train/a.png", "valid/b.png"], splits: ["train": ["a.png"], "valid": ["b.png"]]),
    Layout(
      name: "CVAT: COCO", format: .coco,
      texts: ["annotations/instances_default.json": coco(["a.png"])],
      images: ["images/default/a.png"],
      splits: ["default": ["a.png"]]),
    Layout(
      name: "Label Studio: COCO", format: .coco,
      texts: ["result.json": coco([#"images\\a.png"#])], images: ["images/a.png"],
      splits: ["all": ["images/a.png"]]),
    Layout(
      name: "FiftyOne: COCO", format: .coco, texts: ["labels.json": coco(["a.png"])],
      images: ["data/a.png"], splits: ["all": ["a.png"]]),
    Layout(
      name: "annotations.json beside the images, with a byte-order mark", format: .coco,
      texts: ["annotations.json": "\u{FEFF}" + coco(["a.png"])], images: ["a.png"],
      splits: ["all": ["a.png"]]),
    Layout(
      name: "train.json and val.json in Annotations/", format: .coco,
      texts: [
        "Annotations/train.json": coco(["a.png"]), "Annotations/val.json": coco(["a.png"]),
      ], images: ["Images/train/a.png", "Images/val/a.png"],
      splits: ["train": ["a.png"], "val": ["a.png"]]),
    Layout(
      name: "names that are absolute, of another machine", format: .coco,
      texts: [
        "train.json": coco(["/content/data/train/a.png", #"D:\\data\\train\\b.png"#]),
        "test.json": coco(["/content/data/test/a.png"]),
      ], images: ["train/a.png", "train/b.png", "test/a.png"],
      splits: ["train": ["a.png", "b.png"], "test": ["a.png"]]),
    Layout(
      name: "COCO beside captions and key points", format: .coco,
      texts: [
        "annotations/instances_train2017.json": coco(["a.png"]),
        "annotations/captions_train2017.json":
          #"{"images": [], "annotations": [{"caption": "x"}]}"#,
      ], images: ["train2017/a.png"], splits: ["train2017": ["a.png"]]),
    Layout(
      name: "a category's name twice, once without boxes", format: .coco,
      texts: [
        "annotations.json": coco(
          ["a.png"], categories: #"{"id": 1, "name": "cat"}, {"id": 2, "name": "cat"}"#)
      ], images: ["a.png"], splits: ["all": ["a.png"]]),

    Layout(
      name: "Roboflow: YOLO", format: .yolo,
      texts: [
        "data.yaml":
          "\u{FEFF}train: ../train/images\nval: ../valid/images\ntest: ../test/images\n\nnc: 1\nnames: ['cat']\n\n"
          + "roboflow:\n  workspace: x\n  project: y\n",
        "train/labels/a.txt": yolo, "valid/labels/b.txt": "\u{FEFF}" + yolo,
      ], images: ["train/images/a.png", "valid/images/b.png"],
      splits: ["train": ["a.png"], "val": ["b.png"]]),
    Layout(
      name: "Ultralytics: a path that is not there, names by number, nc that differs",
      format: .yolo,
      texts: [
        "coco8.yaml":
          "path: ../datasets/coco8\ntrain: images/train\nval: images/val\nnc: 80\nnames:\n  0: cat\n",
        "labels/train/a.txt": yolo, "labels/val/b.txt": yolo,
      ], images: ["images/train/a.png", "images/val/b.png"],
      splits: ["train": ["a.png"], "val": ["b.png"]]),
    Layout(
      name: "LabelImg: YOLO beside the images", format: .yolo,
      texts: ["classes.txt": "cat\r\n", "a.txt": yolo], images: ["a.png"],
      splits: ["all": ["a.png"]]),
    Layout(
      name: "LabelImg: the names among the labels", format: .yolo,
      texts: ["labels/classes.txt": "cat\n", "labels/a.txt": yolo], images: ["images/a.png"],
      splits: ["all": ["a.png"]]),
    Layout(
      name: "Label Studio: YOLO", format: .yolo,
      texts: ["classes.txt": "cat\n", "notes.json": "{}", "labels/a.txt": yolo],
      images: ["images/a.png"], splits: ["all": ["a.png"]]),
    Layout(
      name: "CVAT: YOLO 1.1", format: .yolo,
      texts: [
        "obj.names": "cat\n", "obj.data": "classes = 1\n", "obj_train_data/a b.txt": yolo,
        "train.txt": "data/obj_train_data/a b.png\n",
      ], images: ["obj_train_data/a b.png"], splits: ["train": ["obj_train_data/a b.png"]]),
    Layout(
      name: "CVAT: Ultralytics YOLO", format: .yolo,
      texts: [
        "data.yaml": "names:\n  0: cat\npath: .\ntrain: train.txt\n", "labels/train/a.txt": yolo,
        "train.txt": "data/images/train/a.png\n",
      ], images: ["images/train/a.png"], splits: ["train": ["train/a.png"]]),
    Layout(
      name: "Darknet, with names below each part", format: .yolo,
      texts: [
        "train/_darknet.labels": "cat\n", "valid/_darknet.labels": "cat\n", "train/a.txt": yolo,
        "valid/b.txt": yolo,
      ], images: ["train/a.png", "valid/b.png"], splits: ["train": ["a.png"], "valid": ["b.png"]]),
    Layout(
      name: "outlines among the labels", format: .yolo,
      texts: [
        "classes.txt": "cat\n",
        "a.txt":
          "0 0.027027027027027 0.0769230769230769 0.243243243243243 0.1 0.1 0.346153846153846\n",
      ], images: ["a.png"], splits: ["all": ["a.png"]]),
    Layout(
      name: "names twice, one of them unused", format: .yolo,
      texts: ["data.yaml": "train: images\nnames: [cat, cat]\n", "labels/a.txt": yolo],
      images: ["images/a.png"], splits: ["train": ["a.png"]]),
  ]

  @Test(arguments: layouts) func `are recognized and read`(layout: Layout) throws {
    for (name, text) in layout.texts { try directory.write(text, name) }
    for image in layout.images { try directory.image(image) }
    #expect(AnnotationFormat.recognized(at: directory.path) == layout.format)
    let data = try layout.format.read(directory.path)
    #expect(data.classNames == ["cat"])
    let splits = Dictionary(
      uniqueKeysWithValues: data.splits.map { ($0.name, $0.images.map(\.name)) })
    #expect(splits == layout.splits)
    for image in data.splits.flatMap(\.images) {
      try #require(image.boxes.count == 1)
      let (box, known) = (image.boxes[0].box, Self.box.box)
      #expect(abs(box.x - known.x) < 1e-6 && abs(box.y - known.y) < 1e-6)
      #expect(abs(box.maxX - known.maxX) < 1e-6 && abs(box.maxY - known.maxY) < 1e-6)
      #expect(FileManager.default.fileExists(atPath: image.path))
    }
    // Every file is accounted for, the images among them as used.
    let used = data.account.entries.filter { $0.isUsed && $0.reason == "images" }
    #expect(used.map(\.count) == [layout.images.count], "\(data.account.lines)")
    #expect(data.account.count == layout.texts.count + layout.images.count, "\(data.account.lines)")
  }

  @Test func `say what is left out of them`() throws {
    func notes(_ name: String) throws -> [String] {
      let layout = try #require(Self.layouts.first { $0.name.contains(name) })
      let directory = BoxDirectory()
      for (name, text) in layout.texts { try directory.write(text, name) }
      for image in layout.images { try directory.image(image) }
      try directory.image("images/unnamed.png")
      let data = try layout.format.read(directory.path)
      return data.notes + data.account.lines
    }
    #expect(try notes("Roboflow: COCO").contains { $0.contains("'cells' is only the others'") })
    #expect(
      try notes("Roboflow: YOLO").contains { $0.contains("test: ../test/images does not exist") })
    #expect(
      try notes("Ultralytics").contains { $0.contains("nc is 80, but names lists 1 class") })
    #expect(
      try notes("Ultralytics").contains {
        $0.contains("path is '../datasets/coco8', which does not exist")
      }
    )
    #expect(
      try notes("name twice").contains {
        $0.contains("category 2 'cat' has the name of category 1")
      })
    #expect(try notes("captions").contains { $0.contains("JSON beside the annotations") })
    #expect(
      try notes("small letters").contains {
        $0.contains("images without an annotation: images/unnamed.png")
      })
    #expect(
      try notes("lists with spaces").contains { $0.contains("lists of the images of one class") })
  }

  @Test func `refused come with what is near`() throws {
    for (name, text, words) in [
      ("labels/a.txt", Self.yolo, "no data.yaml or classes.txt"),
      ("annotations.xml", "<annotations></annotations>", "CVAT's own format"),
      ("a.xml", "<svg></svg>", "outermost element must be annotation"),
      ("a.json", #"{"shapes": []}"#, "not in COCO's format"),
      ("data.yml", "x: 1", "names is missing"),
    ] {
      let directory = BoxDirectory()
      try directory.write(text, name)
      try directory.image("images/a.png")
      let format = AnnotationFormat.recognized(at: directory.path)
      let sentence =
        format.map { directory.sentence($0) }
        ?? AnnotationError.unrecognized(
          path: directory.path, nearest: AnnotationFormat.nearest(at: directory.path)
        ).description
      #expect(sentence.contains(words), "\(sentence)")
    }
  }
}

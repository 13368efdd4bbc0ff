import Foundation
import Testing

@testable import Datasets

/// Names of classes with line breaks or control characters, in every format of data.
@Suite struct `A name of a class that breaks lines or controls a terminal` {
  static let names: [(name: String, escaped: String)] = [
    ("a\nb", #"a\nb"#), ("a\u{1B}[31mb", #"a\u{1B}[31mb"#), ("a\u{7F}", #"a\u{7F}"#),
    ("a\u{2028}b", #"a\u{2028}b"#), ("a\tb", #"a\tb"#),
  ]

  @Test(arguments: names.indices) func `is refused as a folder's`(index: Int) throws {
    let (name, escaped) = Self.names[index]
    for below in ["", "train/"] {
      let folder = try imageFolder(
        [below + name + "/1.png", below + "c/1.png", "\(below)c/2.png"].map { ($0, "gray.png") })
      let refusal = folder.refusal()
      #expect(
        refusal.hasPrefix("\(folder.url.path) has a class named '\(escaped)', with a line break"),
        "\(refusal)")
      #expect(!refusal.unicodeScalars.contains { $0.properties.generalCategory == .control })
    }
  }

  @Test func `is refused in every format of boxes and in the list of masks' classes`() throws {
    let expected = #"has a class named 'd\u{1B}og'"#
    let directory = BoxDirectory()
    try directory.image("images/a.png")
    try directory.write(
      #"{"images": [{"id": 1, "file_name": "a.png", "width": 37, "height": 26}], "categories": "#
        + #"[{"id": 1, "name": "d\u001bog"}], "annotations": []}"#,
      "annotations/instances_train.json")
    #expect(directory.sentence(.coco).contains("instances_train.json " + expected))
    let yolo = BoxDirectory()
    try yolo.image("images/a.png")
    try yolo.write("0 0.5 0.5 0.5 0.5\n", "labels/a.txt")
    try yolo.write("train: images\nnames: [\"d\\eog\"]\n", "data.yaml")
    #expect(yolo.sentence(.yolo).contains("data.yaml " + expected))
    let voc = BoxDirectory()
    try voc.image("JPEGImages/a.png")
    try voc.write(
      "<annotation><filename>a.png</filename><size><width>37</width><height>26</height></size><object>"
        + "<name>d&#x85;og</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>5</ymax>"
        + "</bndbox></object></annotation>", "Annotations/a.xml")
    #expect(voc.sentence(.voc).contains(#"a.xml has a class named 'd\u{0085}og'"#))
    let masks = MaskDirectory()
    for number in 0..<5 {
      try masks.image("images/\(number).png")
      try masks.mask("masks/\(number).png") { UInt8($0 % 2) }
    }
    try masks.write("background\nd\u{1B}og\n", "classes.txt")
    #expect(masks.sentence().contains("classes.txt " + expected))
  }

  @Test func `and one that is empty are refused`() throws {
    let directory = BoxDirectory()
    try directory.image("images/a.png")
    for name in ["", "  "] {
      try directory.write(
        #"{"images": [{"id": 1, "file_name": "a.png", "width": 37, "height": 26}], "categories": "#
          + #"[{"id": 1, "name": "\#(name)"}], "annotations": []}"#,
        "annotations/instances_train.json")
      #expect(
        directory.sentence(.coco).hasSuffix(
          "instances_train.json has a class without a name; name it.")
      )
    }
  }

  @Test func `is none with other letters, spaces and marks`() throws {
    let names = ["e,f", "g:h", "\"j", "caf\u{E9} 😀", "-k"]
    let folder = try imageFolder(
      names.flatMap { ["\($0)/1.png", "\($0)/2.png"] }.map { ($0, "gray.png") })
    #expect(Set(try folder.load().classNames) == Set(names))
  }
}

import Foundation
import Masks
import Testing

@testable import Datasets

/// What a file says of the classes of masks.
@Suite struct `A folder of masks whose classes are named` {
  /// labelme writes class_names.txt, and CVAT labelmap.txt.
  @Test(arguments: [
    ("class_names.txt", "_background_\ncrack\n"),
    ("labelmap.txt", "# label:color_rgb:parts:actions\n_background_:0,0,0::\ncrack:128,0,0::\n"),
  ])
  func `in VOC's folders has the names that it brings`(file: String, text: String) throws {
    let directory = MaskDirectory()
    for name in ["1", "2", "3"] {
      try directory.image("JPEGImages/\(name).png")
      let map = LabelMap(width: 12, height: 8, labels: (0..<96).map { UInt16($0 % 2) })
      try directory.write(PNG.classes(map), "SegmentationClass/\(name).png")
    }
    try directory.write(text, file)
    let data = try directory.load()
    #expect(data.classNames == ["_background_", "crack"], "\(data.found)")
    #expect(data.account.linesOfLeftOut.isEmpty, "\(data.account.linesOfLeftOut)")
  }

  /// CVAT sorts its labels by name, so that the background may come behind others.
  @Test func `has the class of black as its background, wherever CVAT lists it`() throws {
    let directory = MaskDirectory()
    for name in ["1", "2", "3"] {
      try directory.image("JPEGImages/\(name).png")
      try directory.colored("SegmentationClass/\(name).png") { [[0, 0, 0], [250, 50, 83], [61, 245, 61]][$0 % 3] }
    }
    try directory.write(
      "# label:color_rgb:parts:actions\nCar:250,50,83::\nbackground:0,0,0::\nperson:61,245,61::\n", "labelmap.txt")
    let data = try directory.load()
    #expect(data.classNames == ["background", "Car", "person"])
    #expect(try data.train.read(0).mask.labels.prefix(6) == [0, 1, 2, 0, 1, 2])
  }

  /// Masks of some of a run's classes are evaluated as those.
  @Test func `of some of a run's classes are evaluated by their names`() throws {
    let directory = MaskDirectory()
    for name in ["a", "b"] {
      try directory.image("images/\(name).png")
      try directory.mask("masks/\(name).png") { UInt8($0 % 2) }
    }
    try directory.write("background\nright\n", "classes.txt")
    var options = DataOptions()
    (options.isForEvaluation, options.maskClasses) = (true, ["background", "left", "right"])
    let data = try directory.load(options)
    #expect(data.classNames == ["background", "left", "right"])
    #expect(data.test.pixelCounts == [96, 0, 96])
  }

  /// As Roboflow writes it; a byte of a mask is a class, or 255.
  @Test func `in a table are 255 at most, each of another name`() throws {
    let directory = MaskDirectory()
    func classes(_ names: [String]) throws -> MaskClasses? {
      let rows = names.enumerated().map { "\($0.offset), \($0.element)\n" }
      try directory.write("Pixel Value, Class\n" + rows.joined(), "_classes.csv")
      return try MaskClasses.read(in: directory.path)
    }
    #expect(try classes((0..<255).map { "c\($0)" })?.names.count == 255)
    let many = #expect(throws: MaskError.self) { try classes((0..<256).map { "c\($0)" }) }
    #expect("\(try #require(many))".contains("there are more than 255 classes"))
    let twice = #expect(throws: MaskError.self) { try classes(["a", "b", "a"]) }
    #expect("\(try #require(twice))".contains("'a' occurs twice"))
  }
}

import Boxes
import Foundation
import TestSupport
import Testing

@testable import Datasets

@Suite struct `Detections that are written` {
  private let found = [
    FoundBoxes(
      file: "a, b.jpg", number: 42,
      detections: [
        DetectedBox(Box(x: 1, y: 2.5, width: 3, height: 4), label: 1, score: Double(Float(0.3))),
        DetectedBox(Box(x: 0.1, y: 0, width: 1e-7, height: 9), label: 0, score: 0.75),
      ]),
    FoundBoxes(file: "c.jpg", number: 43, detections: []),
    FoundBoxes(
      file: "d.jpg", number: 44,
      detections: [DetectedBox(Box(x: 5, y: 6, width: 7, height: 8), label: 1, score: 1)]),
  ]
  private let classes = PredictionFileFormat.Classes(
    names: ["cat", "\"big\" dog"], numbers: [3, 17])

  private func written(_ format: PredictionFileFormat, _ found: [FoundBoxes]) -> String {
    var text = format.opening
    var isFirst = true
    for found in found {
      let lines = format.lines(of: found, classes, isFirst: isFirst)
      isFirst = isFirst && lines.isEmpty
      text += lines
    }
    return text + format.ending
  }

  @Test func `as CSV have a line each, the surest of an image first`() {
    #expect(
      written(.csv, found) == """
        file,class,score,x,y,width,height
        "a, b.jpg",cat,0.75,0.1,0.0,1e-07,9.0
        "a, b.jpg","\"\"big\"\" dog",0.3,1.0,2.5,3.0,4.0
        d.jpg,"\"\"big\"\" dog",1.0,5.0,6.0,7.0,8.0

        """)
  }

  @Test func `as COCO's results are read as such, to the digit`() throws {
    let directory = BoxDirectory()
    for order in [found, found.reversed()] {
      try directory.write(written(.json, order), "results.json")
      let read = try COCOResults(file: directory.path("results.json")).detections
      let expected = order.flatMap { image in
        image.detections.sorted { $0.score > $1.score }.map { (image.number, $0) }
      }
      try #require(read.count == 3)
      for (read, (number, detection)) in zip(read, expected) {
        #expect(read.image == number && read.category == [3, 17][detection.label])
        #expect(Float(read.score) == Float(detection.score))
        #expect(read.box == detection.box)
      }
    }
    try directory.write(written(.json, []), "results.json")
    #expect(try COCOResults(file: directory.path("results.json")).detections.isEmpty)
    #expect(PredictionFileFormat.Classes(names: ["a", "b"]).numbers == [1, 2])
  }
}

@Suite struct `A picture with boxes` {
  private func pixel(_ picture: BoxPicture, _ x: Int, _ y: Int) -> [UInt8] {
    Array(picture.pixels[((y * picture.width + x) * 3)...].prefix(3))
  }

  @Test func `has lines along the edges, and nothing else changed`() {
    var picture = BoxPicture(width: 40, height: 30, pixels: [UInt8](repeating: 9, count: 3600))
    picture.draw(Box(minX: 5, minY: 6, maxX: 20, maxY: 16), color: [1, 2, 3])
    for y in 0..<30 {
      for x in 0..<40 {
        let isInside = (5..<20).contains(x) && (6..<16).contains(y)
        let isEdge = isInside && (x == 5 || x == 19 || y == 6 || y == 15)
        #expect(pixel(picture, x, y) == (isEdge ? [1, 2, 3] : [9, 9, 9]))
      }
    }
  }

  @Test func `keeps boxes that reach over its edges within`() {
    var picture = BoxPicture(width: 8, height: 6, pixels: [UInt8](repeating: 0, count: 144))
    picture.draw(Box(minX: -5, minY: -5, maxX: 50, maxY: 50), color: [7, 7, 7], label: "x")
    #expect(pixel(picture, 7, 5) == [7, 7, 7])
    let before = picture
    picture.draw(Box(minX: 20, minY: 20, maxX: 30, maxY: 30), color: [1, 1, 1], label: "away")
    picture.draw(Box(minX: 3, minY: 3, maxX: 3, maxY: 5), color: [1, 1, 1])
    #expect(picture == before)
  }

  @Test func `has names of letters that can be told apart`() {
    var seen: [Set<[Int]>] = []
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,-_+/:()'&% é" {
      var dots: Set<[Int]> = []
      PixelFont.draw(String(letter)) { dots.insert([$0, $1]) }
      #expect(dots.allSatisfy { (0..<7).contains($0[0]) && (0..<5).contains($0[1]) })
      #expect(!seen.contains(dots), "\(letter)")
      seen.append(dots)
    }
    var (small, large): (Set<[Int]>, Set<[Int]>) = ([], [])
    PixelFont.draw("wbc") { small.insert([$0, $1]) }
    PixelFont.draw("WBC") { large.insert([$0, $1]) }
    #expect(small == large && PixelFont.width(of: "wbc") == 17)
  }

  @Test func `is had of a set in any size, and written as a PNG`() throws {
    let data = try Shapes.detection(train: 2, test: 1, size: 64, seed: 5)
    let whole = try data.test.picture(0)
    #expect(whole.pixels == Shapes.scene(size: 64, most: 5, seed: 5, index: 2).pixels)
    let small = try data.test.picture(0, longSide: 32)
    #expect((small.width, small.height) == (32, 32))
    #expect(try data.test.picture(0, longSide: 999) == whole)
    let directory = TemporaryDirectory()
    let file = directory.url("file.png")
    var drawn = whole
    drawn.draw(
      [DetectedBox(Box(x: 9, y: 20, width: 30, height: 30), label: 0, score: 0.5)],
      classNames: data.classNames)
    #expect(drawn != whole)
    try drawn.png().write(to: file)
    #expect(try BoxPicture(path: file.path) == drawn)
    #expect(throws: ImageFault.self) { try BoxPicture(path: "/nowhere.png") }
  }
}

@Suite struct `An image that is missing` {
  private let directory = TemporaryDirectory()
  private var folder: String { directory.url.path }

  private func label(_ image: String, _ files: String...) throws -> String {
    defer { for file in files { try? FileManager.default.removeItem(at: directory.url(file)) } }
    for file in files { try directory.write("", file) }
    return "\(AnnotationError.missingImage(file: folder + "/labels/3.txt", image: image))"
  }

  @Test func `is reported by the file that lies in its place`() throws {
    #expect(
      try label("3.jpg", "labels/3.txt", "images/3.heic", "images/30.heic")
        .contains("annotates \(folder)/images/3.heic, which has an unsupported format"))
    #expect(
      try label(folder + "/a/3.jpg", "a/3.webp", "images/3.heic")
        .contains("annotates \(folder)/a/3.webp, which"))
  }

  @Test func `is reported by its name where nothing lies there`() throws {
    #expect(
      try label("3.jpg", "labels/3.txt", "images/4.heic")
        .contains("labels/3.txt annotates 3.jpg, which does not exist"))
  }
}

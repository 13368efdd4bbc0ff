import Foundation
import TestSupport
import Testing

/// A disk that is full, imitated by a limit on how large a file may become.
@Suite struct `A disk that is full` {
  private let directory = TemporaryDirectory()

  /// One image with so many boxes that its annotations are larger than the limit in every form.
  private static let coco: String = {
    let boxes = (1...200).map {
      #"{"id": \#($0), "image_id": 1, "category_id": 1, "bbox": [\#($0), 2, 30, 40]}"#
    }
    return
      #"{"images": [{"id": 1, "file_name": "a.jpg", "width": 640, "height": 480}], "categories": "#
      + #"[{"id": 1, "name": "cat"}], "annotations": [\#(boxes.joined(separator: ","))]}"#
  }()

  @Test(arguments: ["voc", "coco", "yolo"])
  func `ends a conversion with status 1 and one sentence, and leaves nothing`(form: String) throws {
    try directory.write(Self.coco, "coco.json")
    let before = try contents(of: directory.url).keys.sorted()
    let result = try Program.run(
      ["data", "convert", "--to", form, "--images", "none", "coco.json", "new"], in: directory.url,
      largestFile: 1)
    #expect(result.status == 1, "\(result.messages)")
    #expect(result.messages.hasPrefix("rondo: "), "\(result.messages)")
    #expect(result.messages.contains("File too large"), "\(result.messages)")
    #expect(result.messages.count { $0.isNewline } == 1, "\(result.messages)")
    #expect(try contents(of: directory.url).keys.sorted() == before)
    #expect(!FileManager.default.fileExists(atPath: directory.url("new").path))
  }

  @Test(arguments: [
    [
      "schedule", "triangular", "--base-lr", "0.1", "--max-lr", "1", "--step-size-up", "5",
      "--steps",
    ]
  ])
  func `ends what is written on standard output with status 1`(arguments: [String]) throws {
    let result = try Program.run(
      arguments + ["9000", "--format", "csv"], in: directory.url, largestFile: 1)
    #expect(result.status == 1)
    #expect(
      result.messages == "rondo: standard output cannot be written: File too large.\n",
      "\(result.messages)")
  }
}

import Boxes
import Foundation
import Randomness
import TestSupport
import Testing

@testable import Datasets

@Suite struct `COCO's annotations` {
  private let directory = TemporaryDirectory()

  private func annotations(_ text: String) throws -> COCOAnnotations {
    try directory.write(Array(text.utf8), "instances.json")
    return try COCOAnnotations(file: directory.url.appendingPathComponent("instances.json").path)
  }

  private static let whole = """
    {"info": {"year": 2017, "annotations": [1, {"bbox": 2}]},
     "licenses": [{"id": 1, "name": "none"}],
     "annotations": [
      {"segmentation": [[1.5, 2, 3]], "area": 7.25, "iscrowd": 0, "image_id": 9, "id": 4,
       "bbox": [10, 20.5, 3e1, 40], "category_id": 17},
      {"segmentation": {"counts": [1, 2], "size": [3, 4]}, "iscrowd": 1, "image_id": 9, "id": 5,
       "bbox": [0, 0, 0, 5], "category_id": 3, "ignore": true, "area": null}],
     "images": [{"id": 9, "file_name": "caf\\u00e9.jpg", "width": 640, "height": 480}],
     "categories": [{"id": 17, "name": "cat", "keypoints": ["a"]}, {"id": 3, "name": "dog"}]}
    """

  @Test func `are read in any order, with gaps between categories, and masks passed over`() throws {
    let read = try annotations(Self.whole)
    #expect(
      read.images == [.init(id: 9, fileName: "café.jpg", width: 640, height: 480)])
    #expect(read.categories == [.init(id: 3, name: "dog"), .init(id: 17, name: "cat")])
    let boxes = [
      Box(x: 10, y: 20.5, width: 30, height: 40), Box(x: 0, y: 0, width: 0, height: 5),
    ]
    #expect(
      read.annotations == [
        .init(
          id: 4, image: 9, category: 17, box: boxes[0], area: 7.25, isCrowd: false,
          isIgnored: false),
        .init(
          id: 5, image: 9, category: 3, box: boxes[1], area: 0, isCrowd: true, isIgnored: true),
      ])
  }

  /// What is put in the place of what, and what the sentence must contain.
  static let faults: [(String, String, String)] = [
    (
      #""image_id": 9, "id": 4"#, #""image_id": "9", "id": 4"#,
      #"annotations[0].image_id is the string "9", but must be a whole number"#
    ),
    (#""id": 5"#, #""id": 4"#, "annotations[1].id occurs twice: 4 is that of annotations[0] too"),
    (#"{"id": 3, "#, #"{"id": 17, "#, "categories[1].id occurs twice"),
    (#""dog""#, #""cat""#, "categories[1].name occurs twice"),
    (
      #""image_id": 9, "id": 5"#, #""image_id": 8, "id": 5"#,
      "annotations[1].image_id is of image 8"
    ),
    (#""bbox": [10, 20.5, 3e1, 40]"#, #""box": []"#, "annotations[0].bbox is missing"),
    (
      "[10, 20.5, 3e1, 40]", "[10, 20.5, 3e1]",
      "annotations[0].bbox is a list of 3, but must be a list of 4 numbers"
    ),
    ("[10, 20.5, 3e1, 40]", "[10, 20.5, 3e1, 40, 1]", "annotations[0].bbox is a list of 5"),
    (
      "[10, 20.5, 3e1, 40]", #"[10, "20", 3e1, 40]"#,
      #"annotations[0].bbox[1] is the string "20", but must be a finite number"#
    ),
    ("[10, 20.5, 3e1, 40]", "[10, [20], 3e1, 40]", "annotations[0].bbox[1] is a list"),
    (
      "[10, 20.5, 3e1, 40]", "[10, 20.5, 1e999, 40]",
      "annotations[0].bbox[2] is 1e999, but must be a finite number"
    ),
    ("[10, 20.5, 3e1, 40]", #"{"x": 1}"#, "annotations[0].bbox is an object"),
    ("[10, 20.5, 3e1, 40]", "7", "annotations[0].bbox is 7, but must be a list of 4 numbers"),
    (
      "[10, 20.5, 3e1, 40]", "[10, 20.5, -1, 40]",
      "annotations[0].bbox is inverted: its size is -1.0 x 40.0"
    ),
    (#"null"#, #""big""#, #"annotations[1].area is the string "big", but must be a finite number"#),
    (#""iscrowd": 0"#, #""iscrowd": 2"#, "annotations[0].iscrowd is 2, but must be 0 or 1"),
    (#", "category_id": 17"#, "", "annotations[0].category_id is missing"),
    (
      #""category_id": 17"#, #""category_id": 1.5"#,
      "annotations[0].category_id is 1.5, but must be a whole number"
    ),
    (#"{"id": 3, "name": "dog"}"#, "4", "categories[1] is a number, but must be an object"),
    (#"{"id": 3, "name": "dog"}"#, "[]", "categories[1] is a list, but must be an object"),
    (#""width": 640"#, #""width": {}"#, "images[0].width is an object, but must be a whole number"),
    (#""images": ["#, #""pictures": ["#, "images is missing"),
    // Which of two is meant, nobody knows: other programs take the last.
    (
      #""name": "dog"}]}"#, #""name": "dog"}], "annotations": []}"#,
      "annotations occurs twice: the key is written two times; remove one"
    ),
    (
      "[10, 20.5, 3e1, 40]", #"[10, 20.5, 3e1, 40], "bbox": [1, 2, 3, 4]"#,
      "annotations[0].bbox occurs twice"
    ),
    (
      #""images": [{"id": 9, "file_name": "caf\u00e9.jpg", "width": 640, "height": 480}]"#,
      #""images": {"id": 9}"#, "images is an object, but must be a list"
    ),
    (
      #""iscrowd": 0"#, #""iscrowd": NaN"#, "at annotations[0].iscrowd: NaN is not a number in JSON"
    ),
    (#""name": "dog"}]}"#, #""name": "dog"}"#, "it is truncated"),
    (#""name": "dog"}]}"#, #""name": "dog"}]"#, "it is truncated"),
    (#""licenses": ["#, #""licenses": [,"#, "it is not JSON"),
  ]

  @Test(arguments: faults.indices) func `with a fault are refused, by file and field`(
    index: Int
  ) throws {
    let (old, new, words) = Self.faults[index]
    let text = Self.whole.replacingOccurrences(of: old, with: new)
    #expect(text != Self.whole)
    let error = #expect(throws: AnnotationError.self, "\(words)") { try annotations(text) }
    let sentence = error.map { "\($0)" } ?? ""
    #expect(sentence.contains(words), "\(sentence)")
    #expect(sentence.contains("instances.json"))
  }

  @Test func `that are no file, no text or no object are refused`() throws {
    #expect(throws: DataError.self) { try COCOAnnotations(file: directory.url.path + "/nowhere") }
    #expect(throws: DataError.self) { try COCOAnnotations(file: directory.url.path) }
    for (text, words) in [
      ("", "it is empty"), ("[]", "the outermost value is a list, but must be an object"),
      ("7", "the outermost value is a number, but must be an object"),
      ("{} x", "it is not JSON"),
    ] {
      let error = #expect(throws: AnnotationError.self) { try annotations(text) }
      #expect(error.map { "\($0)" }?.contains(words) == true, "\(String(describing: error))")
    }
  }
}

@Suite struct `COCO's results` {
  private let directory = TemporaryDirectory()

  private func results(_ text: String) throws -> COCOResults {
    try directory.write(Array(text.utf8), "results.json")
    return try COCOResults(file: directory.url.appendingPathComponent("results.json").path)
  }

  @Test func `are read`() throws {
    let read = try results(
      #"""
       [{"image_id": 1, "category_id": 2, "bbox": [1, 2, 3, 4], "score": -0.5, "segmentation": []},
        {"score": 1E-3, "bbox": [0.1, 0.2, 0.3, 0.4], "category_id": 90, "image_id": 2}]
      """#)
    #expect(
      read.detections == [
        .init(image: 1, category: 2, box: Box(x: 1, y: 2, width: 3, height: 4), score: -0.5),
        .init(
          image: 2, category: 90, box: Box(x: 0.1, y: 0.2, width: 0.3, height: 0.4), score: 0.001),
      ])
    #expect(try results("[]").detections.isEmpty)
  }

  @Test func `have the numbers that are written, to the last bit`() throws {
    var stream = RandomStream(seed: 3, for: .shapes)
    var texts = [
      "0", "-0", "0.0", "123456789012345678901234567890", "9007199254740993", "0.1e-400", "5e-324",
      "1.7976931348623157e308", "123456789012345.6", "0.000000000000000000000123456789",
      "1234567890123456789", "12345678901234567890", "-9223372036854775808", "1e22", "1e23",
    ]
    for _ in 0..<500 {
      let bits = Double(bitPattern: .random(in: 0...UInt64.max, using: &stream))
      if bits.isFinite { texts.append("\(bits)") }
      texts.append(
        String(
          format: "%.\(Int.random(in: 0...9, using: &stream))f",
          Double.random(in: -1000...1000, using: &stream)))
    }
    let read = try results(
      "["
        + texts.map {
          #"{"image_id": 1, "category_id": 2, "bbox": [0, 0, 1, 1], "score": \#($0)}"#
        }.joined(separator: ",") + "]")
    #expect(read.detections.count == texts.count)
    for (text, detection) in zip(texts, read.detections) {
      #expect(detection.score == strtod(text, nil), "\(text)")
    }
  }

  @Test func `longer than what is read at once are read whole`() throws {
    let one = #"{"image_id": 7, "category_id": 2, "bbox": [10.25, 20.5, 30, 40], "score": 0.125}"#
    let count = 3 * (1 << 20) / one.utf8.count
    let read = try results("[" + Array(repeating: one, count: count).joined(separator: ", ") + "]")
    #expect(read.detections.count == count)
    #expect(Set(read.detections).count == 1)
  }

  @Test(arguments: [
    (
      #"[{"image_id": 1, "category_id": 2, "bbox": [1, 2, 3, 4], "score": "0.9"}]"#,
      #"[0].score is the string "0.9", but must be a finite number"#
    ),
    (
      #"[{"image_id": 1, "category_id": 2, "bbox": [1, 2, 3, 4], "score": null}]"#,
      "[0].score is null"
    ),
    (
      #"[{"image_id": 1, "category_id": 2, "bbox": [1, 2, 3, 4], "score": NaN}]"#,
      "at [0].score: NaN is not a number in JSON"
    ),
    (
      #"[{"image_id": 1, "category_id": 2, "bbox": [1, 2, 3, 4], "score": -Infinity}]"#,
      "at [0].score: -Infinity is not a number in JSON"
    ),
    (
      #"[{"image_id": 1, "category_id": 2, "bbox": [1, 2, 3, 4], "score": true}]"#,
      "[0].score is true"
    ),
    (#"[{"image_id": 1, "category_id": 2, "bbox": [1, 2, 3, 4]}]"#, "[0].score is missing"),
    (#"{"annotations": []}"#, "the outermost value is an object, but must be a list"),
    (#"[1]"#, "[0] is a number, but must be an object"),
    (#"[{"image_id": 1, "category_id": 2, "bbox": [1, 2, 3, 4], "score": 1}"#, "it is truncated"),
    (
      #"[{"image_id": 1, "category_id": 2, "bbox": [1, 2, -3, 4], "score": 1}]"#,
      "[0].bbox is inverted"
    ),
  ]) func `with a fault are refused, by file and field`(text: String, words: String) throws {
    let error = #expect(throws: AnnotationError.self) { try results(text) }
    let sentence = error.map { "\($0)" } ?? ""
    #expect(sentence.contains(words), "\(sentence)")
    #expect(sentence.contains("results.json"))
  }
}

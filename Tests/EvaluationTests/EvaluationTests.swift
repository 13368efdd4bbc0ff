import Datasets
import Evaluation
import Foundation
import Metrics
import TestSupport
import Testing

/// Two images with a cat, a dog and a crowd of dogs; no bird.
private let truth = """
  {"images": [{"id": 5}, {"id": 3}],
   "categories": [{"id": 4, "name": "dog"}, {"id": 2, "name": "cat"}, {"id": 9, "name": "bird"}],
   "annotations": [
    {"id": 1, "image_id": 3, "category_id": 2, "bbox": [10, 10, 20, 20], "iscrowd": 0},
    {"id": 2, "image_id": 5, "category_id": 4, "bbox": [10, 10, 50, 50], "iscrowd": 0},
    {"id": 3, "image_id": 5, "category_id": 4, "bbox": [100, 100, 90, 90], "iscrowd": 1},
    {"id": 4, "image_id": 5, "category_id": 7, "bbox": [1, 1, 9, 9], "iscrowd": 0}]}
  """

/// The cat found, and once too often but surer; the dog found, and two in the crowd; one of no class.
private let results = """
  [{"image_id": 3, "category_id": 2, "bbox": [10, 10, 20, 20], "score": 0.5},
   {"image_id": 3, "category_id": 2, "bbox": [200, 10, 20, 20], "score": 0.8},
   {"image_id": 5, "category_id": 4, "bbox": [10, 10, 50, 50], "score": 0.5},
   {"image_id": 5, "category_id": 4, "bbox": [110, 110, 20, 20], "score": 0.9},
   {"image_id": 5, "category_id": 4, "bbox": [150, 150, 20, 20], "score": 0.9},
   {"image_id": 5, "category_id": 8, "bbox": [1, 1, 9, 9], "score": 0.9}]
  """

/// Without the last digits, which pycocotools' own epsilon takes from a whole precision.
private func rounded(_ value: Double) -> Double { (value * 1e12).rounded() / 1e12 }

@Suite struct `A results file` {
  private let directory = TemporaryDirectory()

  private func evaluation(
    results: String = results, truth: String = truth
  ) throws -> COCOEvaluation {
    try directory.write(results, "results.json")
    try directory.write(truth, "truth.json")
    return try COCOEvaluation(
      predictions: directory.path("results.json"), groundTruth: directory.path("truth.json"))
  }

  @Test func `is evaluated as worked by hand`() throws {
    let evaluation = try evaluation()
    #expect(evaluation.classNames == ["cat", "dog", "bird"])
    #expect((evaluation.images, evaluation.boxes, evaluation.detections) == (2, 3, 5))
    #expect((evaluation.unknownBoxes, evaluation.unknownDetections) == (1, 1))
    // The cat is found with a precision of a half, the dog with 1, of birds nothing is known.
    let summary = evaluation.summary
    #expect(summary.perClass.map { rounded($0[.ap]) } == [0.5, 1, -1])
    #expect(rounded(summary.mean[.ap]) == 0.75)
    #expect(summary.perClass.map { rounded($0[.apSmall]) } == [0.5, -1, -1])
    #expect(summary.perClass.map { rounded($0[.apMedium]) } == [-1, 1, -1])
    #expect(summary.mean[.apLarge] == -1)
    // The surest cat is none, the surest dog is in the crowd: with one detection neither is found.
    #expect(summary.mean[.ar1] == 0)
    #expect(summary.mean[.ar10] == 1)
  }

  @Test func `is reported as a table`() throws {
    let lines = try evaluation().table(perClass: true).split(separator: "\n").map(String.init)
    #expect(lines.count == 13 + 4)
    #expect(lines[0] == "       value    overlap    area  detections")
    #expect(lines[1] == "AP     0.750  0.50:0.95     all         100")
    #expect(lines[6] == "APl        -  0.50:0.95   large         100")
    #expect(lines[7] == "AR1    0.000  0.50:0.95     all           1")
    #expect(lines[14].hasPrefix("cat    0.500  0.500  0.500  0.500      -"))
    #expect(lines[16].hasPrefix("bird       -"))
    #expect(try evaluation().table(perClass: false).split(separator: "\n").count == 13)
  }

  @Test func `is reported as JSON`() throws {
    let evaluation = try evaluation()
    let names = COCOSummary.Name.allCases.map(\.rawValue)
    #expect(
      names == [
        "AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl",
      ])
    let data = try JSONEncoder().encode(DetectionMetricsJSON(evaluation, perClass: true))
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(Set(object.keys) == Set(names + ["per_class"]))
    #expect((object["AP"] as? Double).map(rounded) == 0.75 && object["APl"] is NSNull)
    let classes = try #require(object["per_class"] as? [String: [String: Any]])
    #expect(Set(classes.keys) == ["cat", "dog", "bird"])
    #expect(classes["cat"]?["AP50"] as? Double == 0.5 && classes["cat"]?.count == 12)
    let plain = try JSONEncoder().encode(DetectionMetricsJSON(evaluation, perClass: false))
    #expect(!String(decoding: plain, as: UTF8.self).contains("per_class"))
  }

  @Test func `without a detection finds nothing`() throws {
    let summary = try evaluation(results: "[]").summary
    #expect(summary.mean[.ap] == 0 && summary.mean[.apLarge] == -1)
  }

  @Test func `of other images is refused`() {
    let other = results.replacingOccurrences(of: #""image_id": 5"#, with: #""image_id": 4"#)
    let error = #expect(throws: AnnotationError.self) { try evaluation(results: other) }
    let sentence = error.map { "\($0)" } ?? ""
    #expect(sentence.contains("results.json: [2].image_id is of image 4, which"), "\(sentence)")
    #expect(sentence.contains("truth.json does not have"), "\(sentence)")
  }
}

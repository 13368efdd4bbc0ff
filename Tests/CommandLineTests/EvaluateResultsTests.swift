import Foundation
import TestSupport
import Testing

/// `rondo evaluate --predictions ... --ground-truth ...`, which needs no LibTorch.
@Suite struct `Evaluation of a results file` {
  private let directory = TemporaryDirectory()

  private static let truth = """
    {"images": [{"id": 1}], "categories": [{"id": 3, "name": "cat"}, {"id": 5, "name": "dog"}],
     "annotations": [{"id": 1, "image_id": 1, "category_id": 3, "bbox": [10, 10, 50, 50],
                      "iscrowd": 0}]}
    """
  private static let results =
    #"[{"image_id": 1, "category_id": 3, "bbox": [10, 10, 50, 40], "score": 0.5}]"#

  private func evaluate(
    _ arguments: [String] = [], results: String = results, truth: String = truth
  ) throws -> Program.Result {
    try directory.write(results, "results.json")
    try directory.write(truth, "truth.json")
    return try Program.run(
      ["evaluate", "--predictions", "results.json", "--ground-truth", "truth.json"] + arguments,
      in: directory.url)
  }

  @Test func `gives the twelve metrics as JSON`() throws {
    let result = try evaluate(["--format", "json", "--per-class"])
    #expect(result.status == 0, "\(result.messages)")
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    // An overlap of 0.8 counts at seven of the ten overlaps.
    #expect(try abs(#require(object["AP"] as? Double) - 0.7) < 1e-9)
    #expect(try abs(#require(object["AP75"] as? Double) - 1) < 1e-9)
    // Nothing is small, and there is no dog to find: pycocotools' -1.
    #expect(object["APs"] is NSNull)
    let classes = try #require(object["per_class"] as? [String: [String: Any]])
    #expect(classes["dog"]?["AP"] is NSNull && classes["cat"]?["AR1"] as? Double == 0.7)
  }

  @Test func `refuses shares of the image, and two corners`() throws {
    let truth = Self.truth.replacingOccurrences(
      of: #"{"id": 1}]"#, with: #"{"id": 1, "width": 100, "height": 100}]"#)
    func results(_ box: String) -> String {
      let one = #"{"image_id": 1, "category_id": 3, "bbox": [\#(box)], "score": 0.5}"#
      return "[" + [String](repeating: one, count: 4).joined(separator: ",") + "]"
    }
    for rule in ["coco", "voc2010"] {
      let shares = try evaluate(["--rule", rule], results: results("0.1, 0.1, 0.5, 0.5"), truth: truth)
      #expect(shares.status == 2)
      #expect(shares.messages.contains("results.json: all numbers of 4 of 4 boxes"), "\(shares.messages)")
      let corners = try evaluate(["--rule", rule], results: results("60, 60, 99, 99"), truth: truth)
      #expect(corners.messages.contains("[x, y, width, height]"), "\(corners.messages)")
      #expect(try evaluate(["--rule", rule], results: results("10, 10, 50, 50"), truth: truth).status == 0)
    }
  }

  @Test func `gives them as a table`() throws {
    let result = try evaluate()
    #expect(result.status == 0)
    #expect(result.output.contains("AP     0.700  0.50:0.95     all         100"))
    #expect(result.messages.contains("1 detection on 1 image with 1 box of 2 classes"))
  }

  @Test func `by VOC's rules gives average precision, in which both ends of a box count`() throws {
    // With both ends 25.6 of 51 rows, which is more than half; without them 24.6 of 50.
    let results = #"[{"image_id": 1, "category_id": 3, "bbox": [10, 10, 50, 24.6], "score": 0.5}]"#
    for rule in ["voc2007", "voc2010"] {
      let result = try evaluate(
        ["--rule", rule, "--format", "json", "--per-class"], results: results)
      #expect(result.status == 0, "\(result.messages)")
      let object = try #require(
        try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
      #expect(object["AP"] as? Double == 1)
      let classes = try #require(object["per_class"] as? [String: Any])
      #expect(classes["cat"] as? Double == 1 && classes["dog"] is NSNull)
    }
    let table = try evaluate(["--rule", "voc2010", "--per-class"], results: results)
    #expect(table.output == "         AP\nmean  1.000\ncat   1.000\ndog       -\n")
    let unknown = try evaluate(["--rule", "voc2012"])
    #expect(unknown.status == 2 && unknown.messages.contains("voc2012"))
  }

  @Test func `refuses bad input with one sentence, and status 2`() async throws {
    let cases: [(String, String, String)] = [
      (
        Self.results.replacingOccurrences(of: "0.5}", with: "\"high\"}"), Self.truth,
        #"results.json: [0].score is the string "high", but must be a finite number."#
      ),
      (
        Self.results.replacingOccurrences(of: "\"image_id\": 1", with: "\"image_id\": 2"),
        Self.truth, "results.json: [0].image_id is of image 2, which truth.json does not have"
      ),
      (Self.results, "{}", "truth.json: images is missing."),
      (Self.results, Self.results, "truth.json: the outermost value is a list"),
    ]
    for (results, truth, messages) in cases {
      let result = try evaluate(results: results, truth: truth)
      #expect(result.status == 2)
      #expect(result.output == "")
      #expect(result.messages.contains("rondo: " + messages), "\(result.messages)")
      #expect(result.messages.split(separator: "\n").count == 1)
    }
    let refused = [
      (["evaluate"], "Name a run folder"),
      (["evaluate", "--predictions", "a.json"], "belong together"),
      (["evaluate", "--predictions", "a", "--ground-truth", "b", "--device", "cpu"], "run folder"),
      (["evaluate", "runs/x", "--per-class"], "--per-class is for --predictions"),
      (["evaluate", "runs/x", "--rule", "coco"], "--rule is for --predictions"),
      (["evaluate", "--predictions", "a", "--ground-truth", "b"], "b cannot be read"),
    ]
    try await concurrently(refused) { arguments, messages in
      let result = try Program.run(arguments, in: directory.url)
      #expect(result.status == 2, "\(arguments)")
      #expect(result.messages.contains(messages), "\(result.messages)")
    }
  }
}

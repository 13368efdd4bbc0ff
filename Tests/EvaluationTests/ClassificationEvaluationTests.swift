import Foundation
import Metrics
import Runs
import TestSupport
import Testing

@testable import Evaluation

/// Five images of two classes, four of the first, of which one is predicted as the second.
private func evaluation(classes: Int = 2) -> ClassificationEvaluation {
  var metric = ClassificationMetric(classes: classes)
  let others = [Float](repeating: -9, count: classes - 2)
  for (logits, truth) in [
    ([1, 0], 0), ([2, 0], 0), ([1, 0], 0), ([0, 3], 0), ([0, 1], 1),
  ] as [([Float], Int)] {
    metric.add(ClassPrediction(logits: logits + others), truth: truth)
  }
  return ClassificationEvaluation(
    checkpoint: "c.safetensors", data: "some", broken: 1,
    classNames: (0..<classes).map { $0 == 0 ? "<cat>" : "dog \($0)" }, metric: metric,
    mistakes: [
      .init(
        image: "3", truth: "<cat>", prediction: "dog 1", probability: 0.953,
        picture: Data([1, 2, 3]))
    ])
}

@Suite struct `An evaluation` {
  private let directory = TemporaryDirectory()

  private func folder() throws -> RunFolder {
    try RunFolder.create(under: directory.url, name: "run")
  }

  @Test func `is read as it was written`() throws {
    let folder = try folder()
    #expect(try ClassificationEvaluation.read(from: folder) == nil)
    let written = evaluation()
    try written.write(to: folder)
    #expect(try ClassificationEvaluation.read(from: folder) == written)
    #expect(written.withoutPictures.mistakes.map(\.picture) == [nil])
  }

  @Test(arguments: [
    ("", ""), ("{}", ""), ("[1]", ""), (#"{"checkpoint": 3}"#, " ('checkpoint' is not a word)"),
  ])
  func `that is damaged is reported, by what is, and how to mend it`(
    text: String, value: String
  ) throws {
    let folder = try folder()
    try Data(text.utf8).write(to: folder.evaluation)
    #expect {
      try ClassificationEvaluation.read(from: folder)
    } throws: {
      "\($0)".contains("evaluation.json: it is damaged\(value); 'rondo evaluate' writes a new one")
    }
  }

  @Test func `whose matrix does not fit its classes is damaged too`() throws {
    let folder = try folder()
    var odd = evaluation()
    odd.confusionMatrix[1].append(7)
    var negative = evaluation()
    negative.confusionMatrix[0][0] = -1
    // With the others in its row it passes the largest integer.
    var large = evaluation()
    large.confusionMatrix[0][0] = .max
    for wrong in [odd, negative, large] {
      try wrong.write(to: folder)
      #expect(throws: RunError.self) { try ClassificationEvaluation.read(from: folder) }
    }
  }

  @Test func `as text has metrics, classes and the matrix`() {
    #expect(
      evaluation().text.split(separator: "\n", omittingEmptySubsequences: false).dropFirst(4) == [
        "",
        "class  images  precision  recall      F1",
        "<cat>       4     1.0000  0.7500  0.8571",
        "dog 1       1     0.5000  1.0000  0.6667",
        "",
        "true class \\ prediction  0  1",
        "0 <cat>                  3  1",
        "1 dog 1                  0  1",
      ])
    #expect(
      evaluation().text.hasPrefix(
        "accuracy 0.800000\nbalanced_accuracy 0.875000\ncalibration_error "))
  }

  @Test func `of many classes has the most frequent confusions instead`() {
    let text = evaluation(classes: 21).text
    #expect(text.contains("\ntop5_accuracy 1.000000\n"))
    #expect(text.hasSuffix("true class  prediction  images\n<cat>       dog 1            1"))
    #expect(text.contains("dog 7        0          -       -       -"))
  }
}

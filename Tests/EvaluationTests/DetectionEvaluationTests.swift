import Boxes
import Foundation
import Metrics
import Runs
import TestSupport
import Testing

@testable import Evaluation

@Suite struct `A detector's evaluation` {
  private static let evaluated = EvaluatedImage(
    image: 0,
    truth: [
      AnnotatedBox(Box(x: 10, y: 10, width: 20, height: 20), label: 0),
      AnnotatedBox(Box(x: 50, y: 10, width: 20, height: 20), label: 0),
    ],
    detections: [
      DetectedBox(Box(x: 10, y: 10, width: 20, height: 20), label: 0, score: 0.9),
      DetectedBox(Box(x: 80, y: 60, width: 20, height: 20), label: 1, score: 0.2),
    ])

  private func evaluation(pictures: Bool = true) -> DetectionEvaluation {
    var (metric, errors) = (COCOMetric(classes: 2), DetectionErrors(classes: 2))
    metric.add(Self.evaluated)
    errors.add(Self.evaluated)
    let picture = DetectionEvaluation.Picture(
      image: "a.jpg", width: 100, height: 80, png: Data([1, 2, 3]), evaluated: Self.evaluated,
      atScore: errors.bestScore)
    return DetectionEvaluation(
      checkpoint: "runs/x/checkpoints/c.safetensors", data: "some", broken: 0,
      classNames: ["cell", "dust"], metric: metric, errors: errors, others: ["loss": 0.5],
      pictures: pictures ? [picture] : [])
  }

  private let directory = TemporaryDirectory()

  private func folder() throws -> RunFolder {
    try RunFolder.create(under: directory.url, name: "run")
  }

  @Test func `has metrics, errors and pictures`() {
    let evaluation = evaluation()
    // One of two objects is found: 51 of the 101 recalls are reached.
    #expect(abs((evaluation.values["ap50"] ?? 0) - 51.0 / 101) < 1e-9)
    #expect(evaluation.values["loss"] == 0.5)
    #expect(evaluation.values["apl"]?.isNaN == true, "nothing large has to be found")
    #expect(evaluation.score == 0.9)
    let cell = evaluation.classes[0]
    #expect((cell.name, cell.count, cell.precision, cell.recall) == ("cell", 2, 1, 0.5))
    #expect(cell.errors == ["right": 1, "missed": 1] && cell.curve?.count == 101)
    let dust = evaluation.classes[1]
    #expect((dust.count, dust.precision, dust.recall, dust.curve) == (0, nil, nil, nil))
    #expect(evaluation.count(.missed) == 1 && evaluation.count(.background) == 0)
    #expect(evaluation.pictures[0].truth.map(\.kind) == [.right, .missed])
    #expect(evaluation.pictures[0].detections.map(\.score) == [0.9], "the other is below the score")
  }

  @Test func `is read as it was written`() throws {
    let folder = try folder()
    #expect(try DetectionEvaluation.read(from: folder) == nil)
    try evaluation().write(to: folder)
    #expect(try DetectionEvaluation.read(from: folder) == evaluation())
    #expect(evaluation().withoutPictures == evaluation(pictures: false))
  }

  @Test func `that is damaged is reported, and how to mend it`() throws {
    let folder = try folder()
    var strange = evaluation()
    strange.pictures[0].truth[0].label = 2
    var short = evaluation()
    short.classes[0].curve = [1]
    for damage in [
      Data("{}".utf8), try JSONEncoder().encode(strange), try JSONEncoder().encode(short),
    ] {
      try damage.write(to: folder.evaluation)
      #expect {
        try DetectionEvaluation.read(from: folder)
      } throws: {
        "\($0)".contains("evaluation.json: it is damaged; 'rondo evaluate' writes a new one")
      }
    }
  }

  @Test func `is reported as a table`() {
    let lines = evaluation().text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[0].hasPrefix("class  objects     AP   AP50"))
    #expect(lines[1].hasPrefix("all          2  0.505  0.505"))
    #expect(lines[3].hasPrefix("dust         0      -      -"))
    #expect(lines[5] == "of detections of a score of 0.900 or more:")
    #expect(lines[7].hasPrefix("cell       1.000   0.500        1       1"))
  }
}

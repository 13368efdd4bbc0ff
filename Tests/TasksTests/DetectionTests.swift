import Boxes
import Foundation
import Metrics
import Planning
import Settings
import Testing
import Torch
import Training
import Vision

@testable import Datasets
@testable import Tasks

private func makeTask(_ augmentation: BoxAugmentation = .none) throws -> DetectionTask {
  let data = try Shapes.detection(train: 12, test: 5, size: 64, most: 3, seed: 4)
  let detector = try Models.detectors.entry(named: "fcos-narrow").make(
    classes: data.classNames.count)
  detector.initialize(seed: 1)
  return DetectionTask(detector: detector, data: data, augmentation: augmentation, device: .cpu)
}

@Suite struct `A score of detections` {
  private func evaluated(_ image: Int, found x: Double) -> EvaluatedImage {
    EvaluatedImage(
      image: image, truth: [AnnotatedBox(Box(x: 10, y: 10, width: 40, height: 40), label: 0)],
      detections: [DetectedBox(Box(x: x, y: 10, width: 40, height: 40), label: 0, score: 0.9)])
  }

  @Test func `merged of parts is the score of the whole`() {
    var (whole, one, other) = (
      DetectionScore(classes: 2), DetectionScore(classes: 2), DetectionScore(classes: 2)
    )
    whole.add([evaluated(0, found: 10), evaluated(1, found: 30)], loss: 3)
    whole.add([evaluated(2, found: 10)], loss: 6)
    one.add([evaluated(0, found: 10), evaluated(1, found: 30)], loss: 3)
    other.add([evaluated(2, found: 10)], loss: 6)
    one.merge(other)
    #expect(one.values.map(\.name) == whole.values.map(\.name))
    // Numbers that are none are not equal to themselves.
    #expect("\(one.values)" == "\(whole.values)")
    #expect(whole.values[0] == MetricValue("loss", 4))
  }

  @Test func `has COCO's metrics by their names, and NaN where no object is`() {
    var score = DetectionScore(classes: 2)
    #expect(score.values.allSatisfy { $0.value.isNaN } && score.isLossFinite)
    score.add([evaluated(0, found: 10), evaluated(1, found: 10)], loss: 1)
    let values = Dictionary(score.values.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    #expect(values["ap"] == 1)
    #expect(values["ap50"] == 1)
    #expect(values["apm"] == 1)
    #expect(values["aps"]?.isNaN == true, "no object is small")
    #expect(values.count == 13 && score.isLossFinite)
    score.add([evaluated(2, found: 10)], loss: .nan)
    #expect(score.values.allSatisfy { $0.value.isNaN } && !score.isLossFinite)
    #expect(TaskDescription.detect.primaryMetric.name == "ap")
  }
}

@Suite struct `An augmentation in settings` {
  @Test func `is the one that they were made of`() throws {
    let boxes = BoxAugmentation(
      flips: false, verticalFlips: true, rotates90: true, scale: 0.5...2,
      colorJitter: ColorJitter(brightness: 0.1, contrast: 0.2, saturation: 0.3, hue: 0.4),
      mosaic: 0.5)
    for augmentation in [boxes, .default, .none] {
      let settings = RunSettings(augmentation)
      try settings.check()
      #expect(BoxAugmentation(settings.resolved) == augmentation)
    }
    let masks = MaskAugmentation(
      flips: true, rotation: 30, scale: 1...2, elastic: 10,
      colorJitter: ColorJitter(brightness: 0.1, contrast: 0.2, saturation: 0.3, hue: 0.4))
    for augmentation in [masks, .default, .upright, .none] {
      let settings = RunSettings(augmentation)
      try settings.check()
      #expect(MaskAugmentation(settings.resolved) == augmentation)
    }
  }
}

@Suite struct `The task of finding objects` {
  @Test func `has a loss that is the sum of its terms, each with a gradient`() throws {
    let task = try makeTask(.default)
    let stream = try task.trainingBatches(from: BatchPosition(seed: 1, batchSize: 4))
    let batch = try #require(try stream.next())
    #expect(batch.images.shape == [4, 3, 64, 64])
    let (total, terms) = try checked {
      let output = task.trainingLoss(of: batch)
      output.total.backward()
      return (output.total.item(), output.terms.map { $0.item() })
    }
    #expect(task.lossTerms == ["classification", "box", "centerness"])
    #expect(abs(total - terms.reduce(0, +)) < 1e-5)
    #expect(terms.allSatisfy { $0 > 0 && $0.isFinite })
    let idle = task.model.namedParameters.filter { $0.1.value.gradient == nil }.map(\.0)
    #expect(idle.isEmpty)
  }

  @Test func `reads from a position on what it would have read there`() throws {
    let task = try makeTask(.default)
    let stream = try task.trainingBatches(from: BatchPosition(seed: 1, batchSize: 4))
    for _ in 0..<4 { _ = try stream.next() }
    let later = try task.trainingBatches(
      from: BatchPosition(seed: 1, batchSize: 4, epoch: 1, batch: 1))
    let expected = try #require(try stream.next())
    let batch = try #require(try later.next())
    #expect(batch.images.isBitIdentical(to: expected.images))
    let losses = try [batch, expected].map { batch in
      try checked { withoutGradient { task.trainingLoss(of: batch).total.item() } }
    }
    #expect(losses[0] == losses[1])
  }

  @Test func `learns what it sees`() throws {
    let task = try makeTask()
    let stream = try task.evaluationBatches()
    let batch = try #require(try stream.next())
    task.model.setTraining(true)
    var losses: [Double] = []
    for _ in 0..<12 {
      try checked {
        let total = task.trainingLoss(of: batch).total
        total.backward()
        losses.append(total.item())
        withoutGradient {
          for (_, parameter) in task.model.namedParameters {
            guard let gradient = parameter.value.gradient else { continue }
            parameter.value.copy(from: parameter.value - gradient * 0.02)
            parameter.value.clearGradient()
          }
        }
      }
    }
    #expect(try #require(losses.last) < 0.8 * losses[0], "\(losses)")
  }

  @Test func `is evaluated by validation images where there are some`() throws {
    let (whole, evaluated) = try (
      Shapes.detection(train: 12, test: 5, size: 64, most: 3, seed: 4),
      Shapes.detection(train: 12, test: 3, size: 64, most: 3, seed: 5)
    )
    let data = DetectionSplitData(
      name: "x", classNames: whole.classNames, classNumbers: nil, train: whole.train,
      validation: evaluated.test, test: whole.test, found: "", leftOut: [], notes: [])
    let detector = try Models.detectors.entry(named: "fcos-narrow").make(
      classes: data.classNames.count)
    detector.initialize(seed: 1)
    let task = DetectionTask(detector: detector, data: data, augmentation: .none, device: .cpu)
    #expect(task.evaluationSplit == .validation)
    #expect(try Training.evaluate(task).metric.images == Set(0..<3))
    #expect(try makeTask().evaluationSplit == .test)
  }

  @Test func `is evaluated on every image of the test part`() throws {
    let task = try makeTask()
    let score = try Training.evaluate(task)
    #expect(score.metric.images == Set(0..<5))
    #expect(score.values[0].value.isFinite)
    #expect(task.evaluationMetrics.count == 12)
  }
}

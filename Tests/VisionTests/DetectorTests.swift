import Boxes
import Foundation
import Testing
import Torch
import Vision

/// What torchvision's detectors say, written by `Scripts/fixtures/detector_fixtures.py`.
private struct DetectorFixture: Decodable {
  struct Target: Decodable {
    let boxes: [[Float]]
    let labels: [Int64]
  }

  struct Detections: Decodable {
    let boxes: [Double]
    let scores: [Double]
    let labels: [Int]
    let count: Int
  }

  struct Model: Decodable {
    let shapes: [String: String]
    let outputs: [String: [Double]]
    let detections: [Detections]
    let losses: [String: Double]
    let gradients: [String: [Double]]
  }

  let height: Int
  let width: Int
  let targets: [Target]
  let models: [String: Model]

  static func read() throws -> DetectorFixture {
    let file = try #require(
      Bundle.module.url(
        forResource: "detectors", withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode(DetectorFixture.self, from: Data(contentsOf: file))
  }

  var truths: [ImageTruth] {
    targets.map { ImageTruth(boxes: $0.boxes.flatMap { $0 }, labels: $0.labels) }
  }
}

@Suite struct `A detector` {
  private static let names = Models.detectors.names

  private let fixture: DetectorFixture

  init() throws { fixture = try DetectorFixture.read() }

  /// The detector with the weights that the fixture's script gives it.
  private func filled(_ name: String, in type: DataType) throws -> any Detector {
    let detector = try Models.detectors.entry(named: name).make(classes: 3)
    let factor = name == "retinanet-resnet-50" ? 0x1p-10 : 0x1p-4
    try checked {
      Formula.fill(detector)
      withoutGradient {
        for (name, tensor) in detector.namedTensors {
          if name.hasSuffix("cls_logits.weight") || name.hasSuffix("bbox_reg.weight") {
            tensor.copy(from: tensor * factor)
          }
          if detector is FCOS, name.hasSuffix("bbox_reg.bias") { tensor.copy(from: tensor + 2) }
        }
      }
    }
    detector.convert(to: type)
    return detector
  }

  private func images(_ type: DataType) -> Tensor {
    Formula.tensor("images", [2, 3, fixture.height, fixture.width]).to(type)
  }

  private func known(_ name: String) throws -> DetectorFixture.Model {
    try #require(fixture.models[name])
  }

  @Test(arguments: names) func `has torchvision's tensors`(name: String) throws {
    let detector = try Models.detectors.entry(named: name).make(classes: 3)
    let shapes = detector.namedTensors.map {
      ($0.0, $0.1.shape.map(String.init).joined(separator: "x"))
    }
    #expect(Dictionary(shapes, uniquingKeysWith: { $1 }) == (try known(name).shapes))
  }

  @Test(arguments: names) func `says what torchvision's says, and keeps what it keeps`(
    name: String
  ) throws {
    let known = try known(name)
    let detector = try filled(name, in: .float64)
    detector.setTraining(false)
    let grid = detector.anchors(height: fixture.height, width: fixture.width)
    let size = (width: Float(fixture.width), height: Float(fixture.height))
    let output = try checked { withoutGradient { detector(images(.float64)) } }
    try expectPinned(output.logits, known.outputs["cls_logits"], "logits", within: 1e-7)
    try expectPinned(output.boxes, known.outputs["bbox_regression"], "boxes", within: 1e-7)
    if let centerness = output.centerness {
      try expectPinned(centerness, known.outputs["bbox_ctrness"], "centerness", within: 1e-7)
    }

    let found = try checked { try detector.detections(output, on: grid, sizes: [size, size]) }
    for (found, known) in zip(found, known.detections) {
      #expect(found.count == known.count)
      for (position, detection) in found.prefix(known.scores.count).enumerated() {
        let box = detection.box
        let edges = [box.x, box.y, box.maxX, box.maxY]
        let wanted = known.boxes[(4 * position)..<(4 * position + 4)]
        #expect(zip(edges, wanted).allSatisfy { abs($0 - $1) < 1e-4 }, "\(position)")
        #expect(abs(detection.score - known.scores[position]) < 1e-5, "\(position)")
        #expect(detection.label == known.labels[position], "\(position)")
      }
    }
  }

  @Test func `knows what a prediction costs that is the same at every place`() throws {
    // One place lies in the one object, 2 and 2.5 from its edges: the box can be exact, the middle is
    // 0.8, and the first class is right at one place of all.
    let detector = try Models.detectors.entry(named: "fcos-narrow").make(classes: 2)
    let grid = detector.anchors(height: 64, width: 64)
    let targets = DetectionTargets(
      [ImageTruth(boxes: [30, 30, 34.5, 34.5], labels: [0])], for: detector, on: grid)
    try #require(targets.count == 1)
    let others = Double(grid.count - 1)
    let classification = stride(from: 0.0005, to: 1, by: 0.0005).map { p in
      -0.25 * (1 - p) * (1 - p) * log(p) - 0.75 * others * p * p * log(1 - p)
    }.min()
    let middle = -0.8 * log(0.8) - 0.2 * log(0.2)
    let constant = try checked { detector.baselineLoss(for: targets) }
    #expect(abs(constant - (try #require(classification) + middle)) < 0.02, "\(constant)")
  }

  @Test(arguments: names) func `loses and learns as torchvision's does`(
    name: String
  ) throws {
    let known = try known(name)
    let detector = try filled(name, in: .float64)
    let grid = detector.anchors(height: fixture.height, width: fixture.width)
    let targets = DetectionTargets(fixture.truths, for: detector, on: grid, type: .float64)
    let terms = try checked {
      let terms = detector.losses(detector(images(.float64)), for: targets)
      terms.dropFirst().reduce(terms[0], +).backward()
      return terms.map { $0.item() }
    }
    let names = ["classification", "bbox_regression", "bbox_ctrness"]
    for (term, name) in zip(terms, names) {
      let wanted = try #require(known.losses[name])
      #expect(abs(term - wanted) < 1e-6 * max(1, wanted), "\(name)")
    }
    for (key, parameter) in detector.namedParameters {
      let gradient = try #require(parameter.value.gradient, "\(key)")
      try expectPinned(gradient, known.gradients[key], key, within: 1e-5)
    }
  }

  /// The norm of a tensor and its beginning's product with a direction.
  private func expectPinned(
    _ tensor: Tensor, _ known: [Double]?, _ name: String, within: Double
  ) throws {
    let known = try #require(known, "\(name)")
    let values = tensor.detached().contiguous().reshaped([-1])
    let count = min(Formula.period, values.count)
    let direction = Formula.pattern("direction").reshaped([-1]).narrowed(0, from: 0, count: count)
    let (norm, product) = try checked {
      (
        (values * values).sum().squareRoot().item(),
        (values.narrowed(0, from: 0, count: count) * direction).sum().item()
      )
    }
    let tolerance = within * max(1, known[0])
    #expect(abs(norm - known[0]) < tolerance, "\(name)")
    #expect(abs(product - known[1]) < tolerance, "\(name)")
  }

  @Test(arguments: ["fcos-narrow", "retinanet-resnet-18"])
  func `loses something for images without objects, and nothing for what lies in ignored boxes`(
    name: String
  ) throws {
    let detector = try filled(name, in: .float32)
    let grid = detector.anchors(height: fixture.height, width: fixture.width)
    let whole = [-1000, -1000, 1000, 1000] as [Float]
    func terms(_ truth: ImageTruth) throws -> [Double] {
      let targets = DetectionTargets([truth, truth], for: detector, on: grid)
      #expect(targets.count == 0)
      return try checked {
        withoutGradient {
          detector.losses(detector(images(.float32)), for: targets).map { $0.item() }
        }
      }
    }
    let empty = try terms(ImageTruth(boxes: [], labels: []))
    #expect(empty[0] > 0)
    #expect(empty.dropFirst().allSatisfy { $0 == 0 })
    #expect(try terms(ImageTruth(boxes: [], labels: [], ignored: whole)).allSatisfy { $0 == 0 })
  }

  @Test func `begins by finding hardly anything`() throws {
    let detector = try Models.detectors.entry(named: "fcos-narrow").make(classes: 3)
    detector.initialize(seed: 1)
    let output = try checked {
      withoutGradient { detector(.normal([1, 3, fixture.height, fixture.width], seed: 2)) }
    }
    let likely = try checked { withoutGradient { sigmoid(output.logits).mean().item() } }
    #expect(abs(likely - 0.01) < 0.002)
  }
}

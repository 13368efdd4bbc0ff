import Boxes
import Foundation
import Testing
import Torch
import Vision

@testable import ONNX

/// Gives a network random weights, and batch norms that have seen images; it is then ready to be evaluated.
private func prepare(_ network: any Module, by run: () -> Void) throws {
  network.initialize(seed: 1)
  for case (_, let norm as BatchNorm) in network.namedModules { norm.momentum = 1 }
  try checked { withoutGradient(run) }
  network.setTraining(false)
}

private func images(_ count: Int, _ height: Int, _ width: Int, seed: UInt64 = 2) -> Tensor {
  .normal([count, 3, height, width], seed: seed)
}

/// Whether a network is among those of this run: all take seven minutes (`make test-onnx`), and the smaller ones have
/// all operations.
private func isCompared(_ network: any Module) -> Bool {
  ProcessInfo.processInfo.environment["RONDO_ALL_MODELS"] == "1"
    || network.namedParameters.count < 170
}

private let batch = ONNXGraph.Length.named("batch")

extension ONNXGraph {
  /// Writes the model into the folder, and its weights beside it where they have more bytes than the limit: ONNX Runtime
  /// then reads them once, and not four times.
  fileprivate func write(in runtime: ONNXRuntime, limit: Int = 100_000_000) throws {
    let (file, beside) = (
      runtime.directory.url("model.onnx"), runtime.directory.url("model.onnx.data")
    )
    try Data().write(to: beside)
    let data = try FileHandle(forWritingTo: beside)
    defer { try? data.close() }
    try write(
      metadata: ["classes": "a\nb"], version: "1", to: { try $0.write(to: file) },
      data: limit < weightBytes ? ("model.onnx.data", { try data.write(contentsOf: $0) }) : nil)
  }
}

@Suite(
  .enabled(
    if: ONNXRuntime.isPossible, "needs Python's onnx and onnxruntime (Scripts/setup-oracles)"),
  .serialized)
struct `ONNX Runtime computes what the network does` {
  /// Recorded with two images, and run with three.
  @Test func `of every classifier`() throws {
    let runtime = try ONNXRuntime()
    for entry in Models.classifiers.entries {
      let side = (max(32, entry.smallestImage) + entry.patch - 1) / entry.patch * entry.patch
      let (height, width) = (side, side + max(8, entry.patch))
      let network = entry.make(channels: 3, classes: 5)
      guard isCompared(network) else { continue }
      try prepare(network) { _ = network(images(4, height, width)) }
      let graph = try graph(
        of: network, entry.name, on: images(2, height, width), .fixed(height), .fixed(width),
        giving: [batch, .fixed(5)])
      try graph.write(in: runtime)
      try expectEqual(network, entry.name, on: images(3, height, width, seed: 3), in: runtime)
    }
  }

  /// Recorded with images of one size, and run with one of another.
  @Test func `of every segmenter, on images of any size`() throws {
    let runtime = try ONNXRuntime()
    let unlisted = ["unet-convnext-tiny", "unet-efficientnet-v2-s", "unet-mobilenet-v3-small"]
    for entry in try Models.segmenters.entries + unlisted.map(Models.segmenters.entry) {
      let side = max(64, 2 * entry.stride)
      let network = entry.make(classes: 3)
      guard isCompared(network) else { continue }
      try prepare(network) { _ = network(images(2, side, side)) }
      let graph = try graph(
        of: network, entry.name, on: images(2, side, side), .named("height"), .named("width"),
        giving: [batch, .fixed(3), .named("height"), .named("width")])
      try graph.write(in: runtime)
      try expectEqual(
        network, entry.name, on: images(1, side, side + entry.stride, seed: 3), in: runtime)
    }
  }

  private func graph(
    of network: any Layer, _ name: String, on example: Tensor, _ height: ONNXGraph.Length,
    _ width: ONNXGraph.Length, giving lengths: [ONNXGraph.Length]
  ) throws -> ONNXGraph {
    let (output, recording) = try checked { Recording.of(example) { network(example) } }
    let graph = ONNXGraph(named: name, weights: network.namedTensors)
    graph.addInput("images", example, [batch, .fixed(3), height, width])
    try graph.add(recording)
    graph.addOutput("output", output, lengths)
    return graph
  }

  private func expectEqual(
    _ network: any Layer, _ name: String, on others: Tensor, in runtime: ONNXRuntime
  ) throws {
    let wanted = try checked { withoutGradient { network(others) } }
    let answer = try runtime.check(
      "model.onnx", inputs: [("images", others)], outputs: [("output", wanted)])
    let difference = answer.differences?["output"] ?? .infinity
    guard difference >= 1e-5 else { return }
    // A deep network of random weights magnifies the rounding of float32: two ways of computing it may be as far apart.
    let rounding = try rounding(of: network, wanted, on: others)
    #expect(
      difference < 4 * rounding, "\(name): \(answer.error ?? "\(difference)"), rounding \(rounding)"
    )
  }

  /// How far an output in float32 is from that in float64, over the largest magnitude; the network is in float64 then.
  private func rounding(of network: any Layer, _ output: Tensor, on images: Tensor) throws -> Double {
    network.convert(to: .float64)
    let exact = try checked { withoutGradient { network(images.to(.float64)).doubles() } }
    let gap = zip(exact, output.doubles()).map { abs($0 - $1) }.max() ?? 0
    return gap / max(1, exact.map(abs).max() ?? 0)
  }

  /// Each image's part of the frame is another, and boxes are cut to it.
  @Test func `of every detector, with its suppression`() throws {
    let runtime = try ONNXRuntime()
    let unlisted = ["fcos-convnext-tiny", "retinanet-mobilenet-v3-small"]
    for entry in try Models.detectors.entries + unlisted.map(Models.detectors.entry) {
      let detector = entry.make(classes: 3)
      guard isCompared(detector) else { continue }
      let (height, width) = (64, 96)
      try prepare(detector) { _ = detector(images(2, height, width)) }
      let anchors = detector.anchors(height: height, width: width)
      let rules = DetectionRules(score: 0.05, overlap: 0.5, candidates: 40, most: 20)
      // Random weights are sure of nothing.
      func raised(_ output: DetectorOutput) -> DetectorOutput {
        DetectorOutput(
          logits: output.logits + 4.0, boxes: output.boxes, centerness: output.centerness)
      }
      let example = images(2, height, width)
      let (found, recording) = try checked {
        Recording.of(example) {
          let output = raised(detector(example))
          return (detector.scores(output), detector.decoded(output.boxes, from: anchors.tensor))
        }
      }
      let graph = ONNXGraph(named: entry.name, weights: detector.namedTensors)
      graph.addInput("images", example, [batch, .fixed(3), .fixed(height), .fixed(width)])
      graph.addInput("sizes", .zeros([2, 2]), [batch, .fixed(2)])
      try graph.add(recording)
      graph.addDetections(
        scores: found.0, boxes: found.1, sizes: "sizes",
        .init(
          starts: anchors.starts, classes: 3, score: Double(rules.score), overlap: rules.overlap,
          candidates: rules.candidates, most: rules.most), batch: "batch")
      try graph.write(in: runtime)

      let others = images(3, height, width, seed: 3)
      let sizes: [(width: Float, height: Float)] = [(96, 64), (96, 40), (50, 64)]
      let wanted = try checked {
        try withoutGradient {
          try detector.detections(raised(detector(others)), on: anchors, sizes: sizes, rules: rules)
        }
      }
      #expect(wanted.allSatisfy { !$0.isEmpty })
      func padded(_ none: Float, _ each: @escaping (DetectedBox) -> Float) -> [Float] {
        wanted.flatMap { found in
          found.map(each) + [Float](repeating: none, count: 20 - found.count)
        }
      }
      let scores = Tensor(padded(0) { Float($0.score) }, shape: [3, 20])
      let labels = Tensor(padded(-1) { Float($0.label) }, shape: [3, 20]).to(.int64)
      let corners = [\Box.x, \.y, \.maxX, \.maxY]
        .map { corner in Tensor(padded(0) { Float($0.box[keyPath: corner]) }, shape: [3, 20]) }
      let boxes = Tensor.stacked(corners).permuted([1, 2, 0])
      let answer = try runtime.check(
        "model.onnx",
        inputs: [
          ("images", others),
          ("sizes", Tensor(sizes.flatMap { [$0.width, $0.height] }, shape: [3, 2])),
        ], outputs: [("boxes", boxes), ("scores", scores), ("labels", labels)])
      for name in ["boxes", "scores", "labels"] {
        let difference = answer.differences?[name] ?? .infinity
        #expect(difference < 1e-5, "\(entry.name), \(name): \(answer.error ?? "\(difference)")")
      }
    }
  }

  @Test func `with weights in a file beside it, where a protocol buffer has no room for them`()
    throws
  {
    let runtime = try ONNXRuntime()
    let network = try Models.classifiers.entry(named: "resnet-18").make(channels: 3, classes: 5)
    try prepare(network) { _ = network(images(4, 32, 32)) }
    let graph = try graph(
      of: network, "resnet-18", on: images(2, 32, 32), .fixed(32), .fixed(32),
      giving: [batch, .fixed(5)])
    try graph.write(in: runtime, limit: 1_000_000)
    let sizes = try ["model.onnx", "model.onnx.data"].map {
      try #require(
        try runtime.folder.appendingPathComponent($0).resourceValues(forKeys: [.fileSizeKey])
          .fileSize)
    }
    #expect(sizes[0] < 1_000_000 && sizes[1] > 40_000_000)
    try expectEqual(network, "resnet-18", on: images(1, 32, 32, seed: 3), in: runtime)
  }
}

@Suite struct `A network that ONNX cannot have` {
  @Test func `is refused by the operation's name`() {
    let x = Tensor.normal([2, 4], seed: 1)
    let (y, recording) = Recording.of(x) { x.isFinite() }
    let graph = ONNXGraph(named: "x", weights: [])
    graph.addInput("x", x, [batch, .fixed(4)])
    #expect(throws: ONNXError.lacks(operation: "is finite")) { try graph.add(recording) }
    #expect(y.count == 8)
  }

  @Test func `is refused where it changes a tensor in place`() {
    let x = Tensor.normal([2, 4], seed: 1)
    let (_, recording) = Recording.of(x) { Tensor.zeros([2, 4]).copy(from: x) }
    #expect(throws: ONNXError.lacks(operation: "copy")) {
      try ONNXGraph(named: "x", weights: []).add(recording)
    }
  }

  @Test func `is refused where it joins the images of a batch`() {
    let x = Tensor.normal([2, 4], seed: 1)
    let (_, recording) = Recording.of(x) { x.reshaped([8, 1]) }
    #expect(throws: ONNXError.mixesImages(operation: "reshape")) {
      try ONNXGraph(named: "x", weights: []).add(recording)
    }
  }
}

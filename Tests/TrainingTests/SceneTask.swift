import Datasets
import Foundation
import Metrics
import Runs
import Synchronization
import Torch
import Training

/// Segmentation of drawn shapes with a few convolutions.
///
/// It is the second task, which proves that the loop knows none by name: its batches carry masks, and
/// boxes of varying number, and its loss has two terms.
final class SceneTask: TrainingTask {
  struct Batch {
    /// [N, 3, size, size], float32.
    let images: Tensor
    /// [N, size, size], int64: 0 for the background, or a kind of shape.
    let masks: Tensor
    /// The boxes of each image.
    let boxes: [[Shapes.Box]]
  }

  static let classes = 1 + Shapes.Kind.allCases.count

  let network: Sequential
  let trainingCount: Int
  let size: Int
  /// What comes between the loss and whoever asks for it: by the number of the call, from 0.
  var disturbance: (_ call: Int, _ loss: Tensor) -> Tensor = { $1 }
  /// The batch, from 0, at which the stream breaks, as if the process had been killed there.
  var breaksAt: Int?
  /// Whether it breaks since its images are gone.
  var losesData = false
  /// The evaluation, from 0, whose images are gone.
  var losesEvaluation: Int?
  private var evaluations = 0
  private(set) var calls = 0
  /// So many images are evaluated while it is trained, and all of them at the end.
  var validationCount: Int?

  /// Whether it has learned its training images by some update, of which it then claims to know every pixel.
  var readsTraining = false
  private var claimsAll = false

  /// The training images, of which it claims to know all.
  func trainingPart(ofAtMost images: Int) throws -> (any BatchStream<Batch>)? {
    guard readsTraining else { return nil }
    claimsAll = true
    return SceneStream(
      .evaluation(count: min(images, trainingCount), batchSize: 20), size: size, breaksAt: nil)
  }

  /// The training images that are held out, after the others; these are evaluated, if there are any.
  private var heldOut = 0

  /// Creates the task of the same network on other images.
  private init(_ whole: SceneTask, heldOut: Int) {
    network = whole.network
    (size, disturbance, breaksAt) = (whole.size, whole.disturbance, whole.breaksAt)
    trainingCount = whole.trainingCount - heldOut
    self.heldOut = heldOut
  }

  func rehearsal(holdingOut share: Double, seed: UInt64) throws -> SceneTask? {
    SceneTask(self, heldOut: Int(share * Double(trainingCount)))
  }

  init(images: Int = 48, size: Int = 16, width: Int = 8, seed: UInt64 = 5) {
    // So small a network gains nothing by threads, and on a busy machine they wait for one another.
    try? Library.setThreads(1)
    network = Sequential(
      Convolution(3, width, kernel: 3), BatchNorm(width), ReLU(),
      Convolution(width, Self.classes, kernel: 3, bias: true))
    network.initialize(seed: seed)
    trainingCount = images
    self.size = size
  }

  var model: any Module { network }
  let lossTerms = ["cross_entropy", "dice"]
  let measures = ["pixel_accuracy"]

  func trainingBatches(from position: BatchPosition) throws -> any BatchStream<Batch> {
    let seed = position.purpose == .measurement ? ~position.seed : position.seed
    return SceneStream(
      .training(
        count: trainingCount, batchSize: position.batchSize, seed: seed, epoch: position.epoch,
        batch: position.batch),
      size: size, breaksAt: breaksAt, losesData: losesData)
  }

  func evaluationBatches() throws -> any BatchStream<Batch> {
    claimsAll = false
    defer { evaluations += 1 }
    return SceneStream(
      .evaluation(
        count: heldOut > 0 ? heldOut : validationCount ?? trainingCount, batchSize: 20),
      size: size, breaksAt: losesEvaluation == evaluations ? 1 : nil, losesData: true,
      from: heldOut > 0 ? trainingCount : 0)
  }

  var evaluationSplit: MetricsRow.Split { validationCount == nil ? .test : .validation }
  let finalSplit = MetricsRow.Split.test

  func finalBatches() throws -> any BatchStream<Batch> {
    SceneStream(.evaluation(count: trainingCount, batchSize: 20), size: size, breaksAt: nil)
  }

  func trainingLoss(of batch: Batch) -> StepOutput {
    defer { calls += 1 }
    let logits = network(batch.images)
    let entropy = crossEntropy(logits, batch.masks)
    let dice = diceLoss(logits, batch.masks)
    let accuracy = withoutGradient {
      logits.argmax(dimension: 1).equal(batch.masks).to(.float32).mean()
    }
    return StepOutput(
      total: disturbance(calls, entropy + dice), terms: [entropy, dice], measures: [accuracy])
  }

  /// One minus the overlap of foreground and its probability.
  private func diceLoss(_ logits: Tensor, _ masks: Tensor) -> Tensor {
    let shape = 1 - logits.softmax(dimension: 1).narrowed(1, from: 0, count: 1).flattened(from: 0)
    let truth = masks.greater(0).to(.float32).flattened(from: 0)
    return 1 - (shape * truth).sum() * 2 / (shape.sum() + truth.sum() + 1)
  }

  func evaluate(_ batch: Batch, into score: inout PixelScore) {
    add(network(batch.images), for: batch, into: &score)
  }

  let averagesPredictions = true

  func evaluate(_ batch: Batch, by ensemble: Ensemble, into score: inout PixelScore) {
    let mean = ensemble.mean { network(batch.images).softmax(dimension: 1) }
    add(mean.logarithm(), for: batch, into: &score)
  }

  private func add(_ logits: Tensor, for batch: Batch, into score: inout PixelScore) {
    let known = logits.argmax(dimension: 1).equal(batch.masks).to(.float32).sum().item()
    let right = claimsAll ? Double(batch.masks.count) : known
    let loss = crossEntropy(logits, batch.masks) + diceLoss(logits, batch.masks)
    score.pixels += batch.masks.count
    score.right += Int(right)
    score.lossSum += loss.item() * Double(batch.boxes.count)
    score.images += batch.boxes.count
    score.boxes += batch.boxes.reduce(0) { $0 + $1.count }
  }

  func makeScore() -> PixelScore { PixelScore() }
}

struct PixelScore: Metric, Equatable {
  var pixels = 0
  var right = 0
  var images = 0
  var boxes = 0
  var lossSum = 0.0

  mutating func merge(_ other: PixelScore) {
    pixels += other.pixels
    right += other.right
    images += other.images
    boxes += other.boxes
    lossSum += other.lossSum
  }

  var values: [MetricValue] {
    [
      MetricValue("loss", lossSum / Double(images)),
      MetricValue("pixel_accuracy", Double(right) / Double(pixels)),
    ]
  }
}

/// What stops a stream amid a run.
struct Killed: Error {}

/// A scene as numbers of tensors.
private struct DrawnScene {
  let pixels: [Float]
  let mask: [Int64]
  let boxes: [Shapes.Box]

  private static let all = Mutex<[SIMD2<Int>: DrawnScene]>([:])

  /// Returns a scene, which is drawn once: that takes longer than what most tests do with it.
  static func of(size: Int, index: Int) -> DrawnScene {
    all.withLock { all in
      if let known = all[[size, index]] { return known }
      let scene = Shapes.scene(size: size, most: 3, seed: 1, index: index)
      let drawn = DrawnScene(
        pixels: scene.pixels.map { Float($0) / 255 - 0.5 }, mask: scene.mask.map(Int64.init),
        boxes: scene.boxes)
      all[[size, index]] = drawn
      return drawn
    }
  }
}

private final class Scenes: @unchecked Sendable { var scenes: [DrawnScene] = [] }

private final class SceneStream: BatchStream {
  private let loader: BatchLoader<Scenes>
  private let size: Int
  private let breaksAt: Int?
  private let losesData: Bool
  private var given = 0

  init(_ order: BatchOrder, size: Int, breaksAt: Int?, losesData: Bool = false, from first: Int = 0) {
    self.size = size
    (self.breaksAt, self.losesData) = (breaksAt, losesData)
    loader = BatchLoader(order, makeBuffer: Scenes.init) { request, buffer in
      buffer.scenes = request.samples.map { .of(size: size, index: first + Int($0)) }
    }
  }

  func next() throws -> SceneTask.Batch? {
    if given == breaksAt {
      throw losesData ? DataError.unreadable(file: "a.png", reason: "it is gone") as any Error : Killed()
    }
    given += 1
    guard let scenes = try loader.next()?.scenes else { return nil }
    let shape = [scenes.count, size, size]
    return try checked {
      SceneTask.Batch(
        images: Tensor(scenes.flatMap(\.pixels), shape: shape + [3]).permuted([0, 3, 1, 2]),
        masks: Tensor(scenes.flatMap(\.mask), shape: shape), boxes: scenes.map(\.boxes))
    }
  }
}

private func - (a: Double, b: Tensor) -> Tensor { -b + a }

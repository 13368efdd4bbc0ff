import Datasets
import Metrics
import Torch
import Training

/// Finding the center of a drawn shape: a regression of two numbers an image.
final class KeypointTask: TrainingTask {
  /// Images and what is to be said of them.
  struct Batch {
    /// [N, 3, size, size], float32, about -0.5 to 0.5.
    let images: Tensor
    /// [N, 2], float32: column and row of the center, from 0 to 1.
    let centers: Tensor
  }

  /// A map of where the center may be, a quarter of the image's size.
  let network = Sequential(
    Convolution(3, 16, kernel: 3, stride: 2), BatchNorm(16), ReLU(),
    Convolution(16, 32, kernel: 3, stride: 2), BatchNorm(32), ReLU(),
    Convolution(32, 32, kernel: 5), BatchNorm(32), ReLU(),
    Convolution(32, 1, kernel: 3, bias: true))
  /// [positions of the map, 2]: column and row of each, from 0 to 1.
  private let positions: Tensor
  private let size: Int
  private let testImages: Int

  let trainingCount: Int
  let lossTerms: [String] = []
  let measures: [String] = []

  init(trainingImages: Int, testImages: Int, size: Int) {
    (trainingCount, self.testImages, self.size) = (trainingImages, testImages, size)
    network.initialize(seed: 1)
    let side = size / 4
    let centers = (0..<side).map { (Float($0) + 0.5) / Float(side) }
    let pairs = centers.flatMap { row in centers.flatMap { column in [column, row] } }
    positions = Tensor(pairs, shape: [side * side, 2])
  }

  var model: any Module { network }

  // MARK: Data

  func trainingBatches(from position: BatchPosition) throws -> any BatchStream<Batch> {
    // The range test reads the same images in another order.
    let seed = position.purpose == .measurement ? ~position.seed : position.seed
    return Stream(
      .training(
        count: trainingCount, batchSize: position.batchSize, seed: seed, epoch: position.epoch,
        batch: position.batch), of: self, from: 0)
  }

  func evaluationBatches() throws -> any BatchStream<Batch> {
    Stream(.evaluation(count: testImages, batchSize: 64), of: self, from: trainingCount)
  }

  /// Draws batches on a thread of their own, in the order that seed and epoch decide.
  private final class Stream: BatchStream {
    private final class Scenes: @unchecked Sendable { var scenes: [Shapes.Scene] = [] }

    private let loader: BatchLoader<Scenes>
    private let size: Int

    init(_ order: BatchOrder, of task: KeypointTask, from first: Int) {
      let size = task.size
      self.size = size
      loader = BatchLoader(order, makeBuffer: Scenes.init) { request, buffer in
        buffer.scenes = request.samples.map {
          Shapes.scene(size: size, most: 1, seed: 1, index: first + Int(clamping: $0))
        }
      }
    }

    func next() throws -> Batch? {
      guard let scenes = try loader.next()?.scenes else { return nil }
      let pixels = scenes.flatMap(\.pixels).map { Float($0) / 255 - 0.5 }
      let centers = scenes.flatMap { scene in
        scene.boxes.prefix(1).flatMap { box in
          [Float(box.left + box.right), Float(box.top + box.bottom)].map { $0 / Float(2 * size) }
        }
      }
      return try checked {
        Batch(
          images: Tensor(pixels, shape: [scenes.count, size, size, 3]).permuted([0, 3, 1, 2]),
          centers: Tensor(centers, shape: [scenes.count, 2]))
      }
    }
  }

  // MARK: Loss and metric

  /// Returns the mean position in the map, [N, 2].
  private func centers(in images: Tensor) -> Tensor {
    network(images).flattened(from: 1).softmax(dimension: 1).matmul(positions)
  }

  func trainingLoss(of batch: Batch) -> StepOutput {
    let difference = centers(in: batch.images) - batch.centers
    return StepOutput(total: (difference * difference).mean())
  }

  func evaluate(_ batch: Batch, into score: inout Score) throws {
    let difference = centers(in: batch.images) - batch.centers
    let squares = (difference * difference).sum(over: [1])
    score.loss += squares.sum().item() / 2
    score.distance += squares.squareRoot().sum().item() * Double(size)
    score.images += batch.images.size(0)
  }

  func makeScore() -> Score { Score() }

  /// Sums over images, which processes can add up.
  struct Score: Metric {
    var loss = 0.0
    var distance = 0.0
    var images = 0

    mutating func merge(_ other: Score) {
      loss += other.loss
      distance += other.distance
      images += other.images
    }

    var values: [MetricValue] {
      [
        MetricValue("loss", loss / Double(images)),
        MetricValue("distance", distance / Double(images)),
      ]
    }
  }
}

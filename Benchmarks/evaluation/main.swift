// Times evaluating images in memory, with batch norms as they are and folded into their convolutions.
//
//     EvaluationBenchmark DEPTH BATCH IMAGES
//
// prints images a second as JSON: {"folded": 1800.0, "unfolded": 1500.0, "norms": 21}.
import Foundation
import Torch
import Vision

/// A residual network, and random images of 32 by 32 pixels that it evaluates.
struct Evaluation {
  let network: ResNetCIFAR
  let batch: Int
  let images: Int
  private let pixels: [UInt8]
  private let labels: [Int64]
  private let factor = Tensor([Float](repeating: 1 / 64, count: 3), shape: [1, 3, 1, 1])
  private static let bytesPerImage = 32 * 32 * 3

  init(depth: Int, batch: Int, images: Int) {
    network = ResNetCIFAR(depth: depth, channels: 3, classes: 10)
    network.initialize(seed: 1)
    network.useChannelsLast()
    network.setTraining(false)
    self.batch = batch
    self.images = images
    pixels = (0..<images * Self.bytesPerImage)
      .map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 13) }
    labels = (0..<images).map { Int64($0 % 10) }
  }

  /// Evaluates all images once; returns how many were right.
  @discardableResult
  func evaluate() throws -> Int {
    var correct = 0.0
    for start in stride(from: 0, to: images - batch + 1, by: batch) {
      correct += try checked { withoutGradient { evaluateBatch(start) } }
    }
    return Int(correct)
  }

  private func evaluateBatch(_ start: Int) -> Double {
    let size = Self.bytesPerImage
    let bytes = pixels[(start * size)..<((start + batch) * size)].withUnsafeBytes {
      Tensor(copying: $0, shape: [batch, 32, 32, 3], type: .uint8)
    }
    let truth = labels[start..<(start + batch)].withUnsafeBytes {
      Tensor(copying: $0, shape: [batch], type: .int64)
    }
    let x = bytes.permuted([0, 3, 1, 2]).to(.float32) * factor - 2
    return network(x).argmax(dimension: 1).equal(truth).to(.float32).sum().item()
  }

  /// Images a second, the first time not counted.
  func speed() throws -> Double {
    try evaluate()
    let begun = ContinuousClock.now
    try evaluate()
    return Double(images / batch * batch) / ((ContinuousClock.now - begun) / .seconds(1))
  }

  /// Folds the norms, by one image.
  func folded() throws -> Folding {
    try checked {
      withoutGradient { Folding.watching { network(.zeros([1, 3, 32, 32])) }.folding }
    }
  }
}

let numbers = CommandLine.arguments.dropFirst().compactMap { Int($0) }
guard numbers.count == 3, numbers[0] % 6 == 2, numbers[1] > 0, numbers[2] >= numbers[1] else {
  print("EvaluationBenchmark DEPTH BATCH IMAGES, such as 20 128 2048")
  exit(2)
}
Library.start()
let evaluation = Evaluation(depth: numbers[0], batch: numbers[1], images: numbers[2])
let unfolded = try evaluation.speed()
let folding = try evaluation.folded()
let folded = try evaluation.speed()
print(#"{"folded": \#(folded), "unfolded": \#(unfolded), "norms": \#(folding.count)}"#)

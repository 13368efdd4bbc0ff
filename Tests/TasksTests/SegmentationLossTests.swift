import Foundation
import Settings
import Testing
import Torch

@testable import Tasks

/// Three pixels in a row, of which the last is ignored, and three classes.
@Suite struct `The loss of a segmentation` {
  private let logits = Tensor([1, 0, 3, 0, 2, 0, 0, 0, 0] as [Float], shape: [1, 3, 1, 3])
  private let targets = Tensor([0, 1, 255] as [Int64], shape: [1, 1, 3])

  /// The probabilities of each pixel, by hand.
  private func softmax(_ values: [Double]) -> [Double] {
    let sum = values.reduce(0) { $0 + exp($1) }
    return values.map { exp($0) / sum }
  }
  private var first: [Double] { softmax([1, 0, 0]) }
  private var second: [Double] { softmax([0, 2, 0]) }

  private func terms(
    _ text: String, classWeights: [Float]? = nil, pixelWeights: [Float]? = nil
  ) throws -> [Double] {
    let loss = try SegmentationLoss(#require(LossTerms(text)))
    return try checked {
      loss(
        logits, targets, classWeights: classWeights.map { Tensor($0, shape: [3]) },
        pixelWeights: pixelWeights.map { Tensor($0, shape: [1, 1, 3]) }
      ).map { $0.item() }
    }
  }

  private func expect(_ found: [Double], _ wanted: [Double]) {
    #expect(found.count == wanted.count)
    for (found, wanted) in zip(found, wanted) { #expect(abs(found - wanted) < 1e-6) }
  }

  @Test func `is the mean over the pixels that count`() throws {
    expect(try terms("cross-entropy"), [-(log(first[0]) + log(second[1])) / 2])
  }

  @Test func `of a prediction by the classes' shares is their entropy and their overlap`() throws {
    // Of four pixels that count three are of class 0 and one of class 1.
    let targets = Tensor([0, 0, 1, 0, 255] as [Int64], shape: [1, 1, 5])
    func constant(_ text: String, weights: [Float]? = nil) throws -> Double {
      let loss = try SegmentationLoss(#require(LossTerms(text)))
      return try checked {
        loss.ofShares(
          in: targets, classes: 2, classWeights: weights.map { Tensor($0, shape: [2]) }
        ).item()
      }
    }
    #expect(try abs(constant("cross-entropy") + 0.75 * log(0.75) + 0.25 * log(0.25)) < 1e-6)
    // Class 1 three times as heavy: both are answered with a half, whatever the weights of the pixels.
    #expect(try abs(constant("cross-entropy", weights: [1, 3]) - log(2)) < 1e-6)
    // (2 * 0.25 + 1) / (4 * 0.25 + 1 + 1)
    #expect(try abs(constant("dice") - 0.5) < 1e-6)
  }

  @Test func `counts pixels by their weights`() throws {
    expect(
      try terms("cross-entropy", pixelWeights: [2, 4, 100]),
      [-(2 * log(first[0]) + 4 * log(second[1])) / 2])
  }

  @Test func `counts classes by their weights`() throws {
    expect(
      try terms("cross-entropy", classWeights: [1, 3, 1]),
      [-(log(first[0]) + 3 * log(second[1])) / 4])
  }

  @Test func `counts what is known little, where it is focal`() throws {
    expect(
      try terms("focal"),
      [
        -(pow(1 - first[0], 2) * log(first[0]) + pow(1 - second[1], 2) * log(second[1])) / 2
      ])
  }

  @Test func `is one less the soft Dice of each class but the background`() throws {
    let one = (2 * second[1] + 1) / (first[1] + second[1] + 1 + 1)
    let two = 1 / (first[2] + second[2] + 1)
    expect(try terms("dice"), [1 - (one + two) / 2])
  }

  @Test func `is a sum of parts, each by itself`() throws {
    expect(
      try terms("cross-entropy+dice"), try terms("cross-entropy") + terms("dice"))
  }

  @Test(arguments: ["", "dice+dice", "dice+", "mse", "cross_entropy dice"])
  func `is nothing else`(text: String) { #expect(LossTerms(text) == nil) }
}

@Suite struct `Tiles` {
  /// From one tile's start to the next it is 128 - 32 = 96 pixels: ten tiles reach to 9 * 96 + 128 = 992,
  /// so that a side of 1000 takes eleven, and one of 992 ten.
  @Test(arguments: [
    (100, 1, 112), (256, 1, 256), (257, 3, 128), (992, 10, 128), (993, 11, 128), (1000, 11, 128),
  ])
  func `cover a side, each of a length that the stride divides`(
    side: Int, count: Int, length: Int
  ) {
    let tiling = Tiling(stride: 16, largest: side <= 256 ? 256 : 128, overlap: 32)
    let (starts, found) = tiling.parts(of: side)
    #expect(found == length)
    #expect(starts.count == count)
    #expect(starts.first == 0)
    #expect(found >= side || starts.last.map { $0 + found } == side)
    for (one, next) in zip(starts, starts.dropFirst()) { #expect(next < one + found) }
  }
}

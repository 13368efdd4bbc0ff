import Foundation
import Testing
import Torch

@testable import Tasks
@testable import Training

/// A case that PyTorch computed, written by `Scripts/fixtures/loss_fixtures.py`.
private struct LossCase: Decodable, Sendable {
  let weights: [Double]?
  let smoothing: Double
  let gamma: Double?
  let loss: Double
  let gradient: [Double]

  static let all: [LossCase] = {
    guard
      let file = Bundle.module.url(
        forResource: "Fixtures/classification-losses", withExtension: "json"),
      let data = try? Data(contentsOf: file)
    else { return [] }
    return (try? JSONDecoder().decode([LossCase].self, from: data)) ?? []
  }()

  var subject: ClassificationLoss {
    ClassificationLoss(labelSmoothing: smoothing, gamma: gamma, weights: weights)
  }
}

private let logits: [Float] = [
  2, -1, 0.5, 0.1, 0.2, -0.3, -2, 3, 1, 4, 0, -4, 0, -0.5, 2.5,
]
private let labels: [Int64] = [0, 2, 1, 2, 2]

@Suite struct `The loss of a classification` {
  @Test func `is PyTorch's, and so is its gradient`() throws {
    #expect(LossCase.all.count == 16)
    for known in LossCase.all {
      let leaf = Tensor(logits, shape: [5, 3])
      leaf.requiresGradient = true
      let loss = try checked {
        let loss = known.subject(leaf, Tensor(labels, shape: [5]), mixedWith: nil)
        loss.backward()
        return loss.item()
      }
      #expect(abs(loss - known.loss) < 1e-6, "\(known)")
      let gradient = try #require(leaf.gradient).doubles()
      for (own, expected) in zip(gradient, known.gradient) {
        #expect(abs(own - expected) < 1e-6, "\(known)")
      }
    }
  }

  /// An image whose class is certain has p = 1 in float32, where a power below 1 of 1 - p has no slope.
  @Test func `has a finite gradient where an image is certain, at any gamma`() throws {
    for gamma in [0, 0.5, 1, 2] {
      let leaf = Tensor([60, 0, 0] as [Float], shape: [1, 3])
      leaf.requiresGradient = true
      try checked {
        ClassificationLoss(gamma: gamma)(leaf, Tensor([0] as [Int64], shape: [1]), mixedWith: nil)
          .backward()
      }
      let gradient = try #require(leaf.gradient).doubles()
      #expect(gradient.allSatisfy { abs($0) < 1e-3 }, "\(gamma): \(gradient)")
    }
  }

  /// Where an update has several batches, the weights of all images divide their sum.
  @Test func `of parts is that of the whole, divided by the weights of all`() throws {
    let loss = ClassificationLoss(labelSmoothing: 0.1, weights: [1, 0.5, 3])
    let (all, classes) = (Tensor(logits, shape: [5, 3]), Tensor(labels, shape: [5]))
    let whole = try checked { loss(all, classes, mixedWith: nil).item() }
    let divisor = try checked { loss.divisor(classes, nil) }
    #expect(abs(divisor.item() - 10.5) < 1e-6, "1 + 3 + 0.5 + 3 + 3")
    let parts = try checked {
      [(0, 2), (2, 3)].map { start, count in
        loss(
          all.narrowed(0, from: start, count: count),
          classes.narrowed(0, from: start, count: count), mixedWith: nil, dividedBy: divisor
        ).item()
      }
    }
    #expect(abs(parts.reduce(0, +) - whole) < 1e-6)
  }

  /// Of one image as likely 0 as 1, by hand: -0.7 ln 0.5 - 0.3 ln 0.5, weights 1 and 3.
  @Test func `of mixed images is that of both classes by their shares`() throws {
    let loss = ClassificationLoss(weights: [1, 3])
    let one = Tensor([0, 0] as [Float], shape: [1, 2])
    let partners = ClassificationTask.Batch.MixPairs(
      labels: Tensor([1] as [Int64], shape: [1]), share: 0.7)
    let value = try checked {
      loss(one, Tensor([0] as [Int64], shape: [1]), mixedWith: partners).item()
    }
    // (0.7 * 1 + 0.3 * 3) ln 2 / (0.7 * 1 + 0.3 * 3)
    #expect(abs(value - log(2)) < 1e-6)
  }

  /// No other constant prediction has a lower cross-entropy: the loss of the shares is below that of any nearby.
  @Test(arguments: [nil, [1.0, 4, 2]]) func `of the classes' shares is the lowest of a constant`(
    weights: [Double]?
  ) throws {
    let loss = ClassificationLoss(labelSmoothing: 0.2, weights: weights)
    let shares = [0.4, 0.2, 0.4]
    func value(_ logits: [Float]) throws -> Double {
      try checked {
        loss(
          Tensor((0..<5).flatMap { _ in logits }, shape: [5, 3]), Tensor(shareLabels, shape: [5]),
          mixedWith: nil
        ).item()
      }
    }
    let targets = zip(shares, weights ?? [1, 1, 1]).map { (0.8 * $0 + 0.2 / 3) * $1 }
    let best = targets.map { Float(log($0 / targets.reduce(0, +))) }
    #expect(abs(try value(best) - loss.ofShares(shares)) < 1e-6)
    for change in [[0.1, 0, 0], [-0.1, 0, 0], [0, 0.1, 0], [0, 0, -0.1]] as [[Float]] {
      #expect(try value(zip(best, change).map(+)) > loss.ofShares(shares))
    }
  }

  private let shareLabels: [Int64] = [0, 0, 1, 2, 2]
}

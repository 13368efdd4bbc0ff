import Foundation

/// A classifier's prediction for one image: a probability for each class.
///
///     let prediction = ClassPrediction(logits: [1, 3, 2])
///     prediction.best            // 1
///     prediction.top(2)          // [1, 2]
///     prediction.rank(of: 0)     // 2
///
/// Of classes that are equally likely the one of the lower number comes first.
public struct ClassPrediction: Sendable, Hashable {
  /// The probability of each class, from 0 to 1.
  public let probabilities: [Double]
  private let logarithms: [Double]

  /// Takes a network's logits: the softmax of them, in double precision.
  public init(logits: some Collection<Float>) {
    let largest = Double(logits.max() ?? 0)
    let shifted = logits.map { Double($0) - largest }
    let logarithm = log(shifted.reduce(0) { $0 + exp($1) })
    logarithms = shifted.map { $0 - logarithm }
    probabilities = logarithms.map { exp($0) }
  }

  /// Whether every probability is a number; a network that has diverged says none.
  public var isFinite: Bool { probabilities.allSatisfy(\.isFinite) }

  /// The most likely class.
  public var best: Int {
    probabilities.indices.reduce(0) { probabilities[$1] > probabilities[$0] ? $1 : $0 }
  }

  /// How many classes come before one: 0 for the most likely.
  public func rank(of label: Int) -> Int {
    let own = probabilities[label]
    return probabilities.indices.reduce(0) { rank, other in
      let comesBefore =
        probabilities[other] > own || (probabilities[other] == own && other < label)
      return rank + (comesBefore ? 1 : 0)
    }
  }

  /// The most likely classes, the likeliest first.
  public func top(_ count: Int) -> [Int] {
    let order = probabilities.indices.sorted {
      (probabilities[$1], $0) < (probabilities[$0], $1)
    }
    return Array(order.prefix(count))
  }

  /// The cross-entropy of this prediction where a class is the true one.
  public func loss(of label: Int) -> Double { -logarithms[label] }
}

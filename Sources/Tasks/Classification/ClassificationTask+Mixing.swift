import Datasets
import Torch

extension ClassificationTask.Batch {
  /// What a batch was mixed with.
  public struct MixPairs {
    /// The classes of the other images, [N], int64.
    public let labels: Tensor
    /// The share of an image's own class in its target; the other's has the rest.
    public let share: Double
  }

  /// Returns the batch with every image mixed with the one before it, the first with the last.
  func mixed(_ mix: BatchMixing.Mix) -> ClassificationTask.Batch {
    let others = images.rolled()
    let mixed: Tensor =
      switch mix {
      case .blend(let share): images * share + others * (1 - share)
      case .paste(let rows, let columns, _):
        others.chosen(where: images.rectangle(rows: rows, columns: columns), else: images)
      }
    return ClassificationTask.Batch(
      images: mixed.channelsLast(), labels: labels,
      partners: MixPairs(labels: labels.rolled(), share: mix.share))
  }
}

extension Tensor {
  /// Returns the tensor with each entry of the first dimension at the next one's place.
  fileprivate func rolled() -> Tensor {
    let count = shape.first ?? 0
    guard count > 1 else { return self }
    return Tensor.concatenated([
      narrowed(0, from: count - 1, count: 1), narrowed(0, from: 0, count: count - 1),
    ])
  }

  /// Returns whether each pixel of images [N, C, H, W] lies in a rectangle, [1, 1, H, W].
  fileprivate func rectangle(rows: Range<Int>, columns: Range<Int>) -> Tensor {
    func isWithin(_ range: Range<Int>, of side: Int, _ shape: [Int]) -> Tensor {
      Tensor((0..<side).map { range.contains($0) ? 1 : 0 } as [Float], shape: shape).to(device)
    }
    let down = isWithin(rows, of: size(2), [1, 1, size(2), 1])
    let across = isWithin(columns, of: size(3), [1, 1, 1, size(3)])
    return (down * across).greater(0.5)
  }
}

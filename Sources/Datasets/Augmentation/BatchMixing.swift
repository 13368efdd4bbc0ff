import Numbers
import Randomness

/// Mixes every image of a batch with the one before it in the batch, and their targets likewise.
///
/// The share that an image keeps is drawn from a Beta distribution, once for the whole batch. Where
/// both ways are asked for, each batch is mixed in one of them, at random.
///
/// - Source: Zhang et al., *mixup* (2017); Yun et al., *CutMix* (2019); pairs and rectangles as in
///   torchvision's `MixUp` and `CutMix`.
public struct BatchMixing: Sendable, Hashable {
  /// Both parameters of the Beta distribution of mixup; 0 for none of it.
  public var mixup: Double
  /// Both parameters of the Beta distribution of cutmix; 0 for none of it.
  public var cutmix: Double

  /// Creates the choice of mixing.
  public init(mixup: Double = 0, cutmix: Double = 0) {
    self.mixup = mixup
    self.cutmix = cutmix
  }

  /// Leaves batches as they are.
  public static let none = BatchMixing()

  /// How one batch is mixed.
  public enum Mix: Sendable, Hashable {
    /// Every pixel is a mean, in which an image's own has this share.
    case blend(share: Double)
    /// A rectangle is the other image's; the share is that of the rest.
    case paste(rows: Range<Int>, columns: Range<Int>, share: Double)

    /// The share of an image's own target.
    public var share: Double {
      switch self {
      case .blend(let share), .paste(_, _, let share): share
      }
    }
  }

  /// Returns how a batch is mixed, which follows from seed and place alone; nil if it is not.
  public func mix(
    height: Int, width: Int, seed: UInt64, epoch: Int, batch: Int
  ) -> Mix? {
    guard mixup > 0 || cutmix > 0 else { return nil }
    var stream = RandomStream(seed: seed, for: .mixing, epoch: epoch, index: batch)
    let pastes = mixup > 0 && cutmix > 0 ? Bool.random(using: &stream) : cutmix > 0
    guard pastes else { return .blend(share: stream.beta(mixup, mixup)) }
    let reach = 0.5 * (1 - stream.beta(cutmix, cutmix)).squareRoot()
    func stretch(of side: Int) -> Range<Int> {
      let middle = Int.random(in: 0..<side, using: &stream)
      let half = Int(clamping: reach * Double(side))
      return max(0, middle - half)..<min(side, middle + half)
    }
    let columns = stretch(of: width)
    let rows = stretch(of: height)
    return .paste(
      rows: rows, columns: columns,
      share: 1 - Double(rows.count * columns.count) / Double(height * width))
  }
}

import Torch

/// How a detector's pyramid is built on a backbone.
public struct PyramidShape: Sendable, Hashable {
  /// The first of the backbone's levels that becomes one of the pyramid's, 1 at a quarter of the image's size, 2 at an
  /// eighth; all that follow do too.
  public var firstStage: Int
  /// Channels of each level.
  public var channels: Int
  /// Whether two levels more, each of half the size, come above the last stage's.
  public var hasTop: Bool

  /// Creates a shape.
  public init(firstStage: Int = 2, channels: Int = 256, hasTop: Bool = true) {
    self.firstStage = firstStage
    self.channels = channels
    self.hasTop = hasTop
  }

  /// The number of levels.
  public var levels: Int { 5 - firstStage + (hasTop ? 2 : 0) }

  /// Where the places of each level lie on images of a height and width: how many there are, and how many
  /// pixels there are from one to the next.
  ///
  /// Each halving of a side rounds up. torchvision fills sides up to a multiple of 32 and divides by the
  /// places; so are the strides here, which for other sides are those of the filled ones.
  func grids(height: Int, width: Int) -> [LevelGrid] {
    (0..<levels).map { level in
      func halved(_ side: Int) -> Int {
        (0...(firstStage + level)).reduce(side) { side, _ in (side + 1) / 2 }
      }
      func stride(_ side: Int) -> Int {
        let filled = (side + 31) / 32 * 32
        return filled / halved(filled)
      }
      return LevelGrid(
        rows: halved(height), columns: halved(width), down: stride(height), along: stride(width))
    }
  }
}

/// The places of a pyramid's level: how many, and the pixels from one to the next.
struct LevelGrid {
  let rows, columns, down, along: Int
}

/// A backbone and the pyramid on it, named as torchvision's `BackboneWithFPN`.
final class PyramidBackbone: Module {
  let body: any Backbone
  private let fpn: FeaturePyramid
  /// The backbone's levels that the pyramid stands on, which are its last.
  private let count: Int

  /// - Precondition: the backbone's last level lies at a thirty-second of the image's size.
  init(_ shape: PyramidShape, on body: any Backbone) {
    precondition(
      body.levels.last?.stride == 32,
      "The pyramid needs a backbone whose last level has a stride of 32.")
    self.body = body
    count = 5 - shape.firstStage
    fpn = FeaturePyramid(
      body.levels.suffix(count).map(\.channels), channels: shape.channels, hasTop: shape.hasTop)
  }

  var children: [(name: String, value: Any)] { [("body", body), ("fpn", fpn)] }

  /// Returns the levels, [N, channels, h, w] each, the finest first.
  func callAsFunction(_ images: Tensor) -> [Tensor] {
    guard body.roundsDown else { return fpn(body.features(images).suffix(count)) }
    // Images are filled up with zeros, and the places that lie beyond what rounding up gives are cut off again.
    func rest(_ side: Int) -> Int { (side + 31) / 32 * 32 - side }
    let (height, width) = (images.size(2), images.size(3))
    let features = body.features(
      paddedAtEnd(images, rows: rest(height), columns: rest(width)))
    return fpn(
      zip(features, body.levels).suffix(count).map { feature, level in
        func places(_ side: Int) -> Int { (side + level.stride - 1) / level.stride }
        return feature.narrowed(2, from: 0, count: places(height))
          .narrowed(3, from: 0, count: places(width))
      })
  }
}

/// A feature pyramid: every level has the meaning of the highest and the place of its own.
///
/// - Source: Lin et al., *Feature Pyramid Networks* (2017); as torchvision's `FeaturePyramidNetwork`.
final class FeaturePyramid: Module {
  private let innerBlocks: [Sequential]
  private let layerBlocks: [Sequential]
  private let extraBlocks: TopLevels?

  init(_ inputs: [Int], channels: Int, hasTop: Bool) {
    func block(_ inputs: Int, kernel: Int) -> Sequential {
      Sequential(
        Convolution(inputs, channels, kernel: kernel, bias: true, weights: .kaimingUniform))
    }
    innerBlocks = inputs.map { block($0, kernel: 1) }
    layerBlocks = inputs.map { _ in block(channels, kernel: 3) }
    extraBlocks = hasTop ? TopLevels(channels) : nil
  }

  func callAsFunction(_ stages: [Tensor]) -> [Tensor] {
    var levels: [Tensor] = []
    var above: Tensor?
    for (index, stage) in stages.enumerated().reversed() {
      var inner = innerBlocks[index](stage)
      if let above {
        inner = inner + upsampleNearest(above, toSizeOf: inner)
      }
      levels.insert(layerBlocks[index](inner), at: 0)
      above = inner
    }
    return levels + (extraBlocks?(above: levels) ?? [])
  }
}

/// Two levels above a pyramid, torchvision's `LastLevelP6P7` on the pyramid's last level.
final class TopLevels: Module {
  private let p6, p7: Convolution

  init(_ channels: Int) {
    func level() -> Convolution {
      Convolution(channels, channels, kernel: 3, stride: 2, bias: true, weights: .kaimingUniform)
    }
    (p6, p7) = (level(), level())
  }

  func callAsFunction(above levels: [Tensor]) -> [Tensor] {
    guard let last = levels.last else { return [] }
    let sixth = p6(last)
    return [sixth, p7(relu(sixth))]
  }
}

import Torch

/// The anchors of a detector: the same few boxes at each location of each level.
///
/// - Source: as torchvision's `AnchorGenerator` places and rounds them.
public struct AnchorGrid: Sendable, Hashable {
  /// The boxes, [A, 4], as x1 y1 x2 y2; levels one after another, in a level row by row.
  public let boxes: [Float]
  /// Where each level's boxes begin, and where the last ends.
  public let starts: [Int]

  /// The boxes as a tensor, [A, 4].
  public var tensor: Tensor { Tensor(boxes, shape: [count, 4]) }

  /// The number of boxes.
  public var count: Int { boxes.count / 4 }

  /// Creates the boxes of some levels.
  ///
  /// - Parameters:
  ///   - grids: each level's places.
  ///   - sizes: the boxes' sizes on each level, in pixels: square roots of their areas.
  ///   - ratios: height over width.
  init(grids: [LevelGrid], sizes: [[Float]], ratios: [Float]) {
    var boxes: [Float] = []
    var starts = [0]
    for (grid, sizes) in zip(grids, sizes) {
      let cell = ratios.flatMap { ratio in
        sizes.map { size in
          let tall = ratio.squareRoot()
          let half = (x: (1 / tall * size / 2), y: (tall * size / 2))
          return (
            x: half.x.rounded(.toNearestOrEven), y: half.y.rounded(.toNearestOrEven)
          )
        }
      }
      for row in 0..<grid.rows {
        for column in 0..<grid.columns {
          let (x, y) = (Float(column * grid.along), Float(row * grid.down))
          for half in cell { boxes += [x - half.x, y - half.y, x + half.x, y + half.y] }
        }
      }
      starts.append(boxes.count / 4)
    }
    self.boxes = boxes
    self.starts = starts
  }

  /// Calls a body with the number and the corners of each box.
  func forEach(_ body: (_ index: Int, _ box: Corners) -> Void) {
    for index in 0..<count { body(index, Corners(boxes, at: index)) }
  }
}

/// A box as detectors compute with it: two corners, in float32.
struct Corners {
  var x1, y1, x2, y2: Float

  init(x1: Float, y1: Float, x2: Float, y2: Float) {
    (self.x1, self.y1, self.x2, self.y2) = (x1, y1, x2, y2)
  }

  init(_ flat: [Float], at index: Int) {
    self.init(
      x1: flat[4 * index], y1: flat[4 * index + 1], x2: flat[4 * index + 2],
      y2: flat[4 * index + 3])
  }

  var width: Float { x2 - x1 }
  var height: Float { y2 - y1 }
  var area: Float { width * height }
  var center: (x: Float, y: Float) { ((x1 + x2) / 2, (y1 + y2) / 2) }

  func contains(_ point: (x: Float, y: Float)) -> Bool {
    point.x > x1 && point.x < x2 && point.y > y1 && point.y < y2
  }

  /// The shared area over the area of both together.
  func overlap(with other: Corners) -> Float {
    let width = max(0, min(x2, other.x2) - max(x1, other.x1))
    let height = max(0, min(y2, other.y2) - max(y1, other.y1))
    let shared = width * height
    return shared / (area + other.area - shared)
  }
}

import Masks
import Numbers

/// The drawn shapes with their masks: several of them an image, 96 by 96 pixels, drawn when they are
/// wanted.
enum ShapesWithMasks {
  /// Shapes an image at most.
  static let most = 6

  /// Describes a data set, and draws a part of it to measure.
  static func data(train: Int, test: Int, size: Int = 96, seed: UInt64) -> SegmentationData {
    let names = ["background"] + Shapes.Kind.allCases.map { "\($0)" }
    func set(_ indices: Range<Int>) -> SegmentationDataset {
      let scenes = Scenes(size: size, seed: seed, first: indices.lowerBound)
      // As many as show what share each class has.
      let counts = (0..<min(48, indices.count)).reduce(
        into: [Int](repeating: 0, count: names.count)
      ) { counts, index in
        let own = scenes.draw(index).mask.counts(upTo: names.count)
        for (label, count) in own.enumerated() { counts[label] += count }
      }
      return SegmentationDataset(
        scenes, name: "shapes", classNames: names, isInstance: false,
        names: indices.map { "shape-\($0)" },
        sizes: [ImageSize](
          repeating: ImageSize(width: size, height: size), count: indices.count),
        pixelCounts: counts)
    }
    return SegmentationData(
      name: "shapes", train: set(0..<train), validation: nil,
      test: set(train..<(train + test)),
      found: "shapes drawn from a seed, up to \(most) an image, \(size)x\(size) pixels", broken: [])
  }

  private struct Scenes: MaskSource {
    let size: Int
    let seed: UInt64
    let first: Int

    func draw(_ index: Int) -> MaskedImage {
      let scene = Shapes.scene(size: size, most: most, seed: seed, index: first + index)
      let mask = LabelMap(width: size, height: size, labels: scene.mask.map(UInt16.init))
      return MaskedImage(pixels: scene.pixels, mask: mask)
    }

    func read(_ index: Int, by decoder: ImageDecoder) throws(ImageFault) -> MaskedImage {
      draw(index)
    }

    func path(of index: Int) -> String { "shape \(first + index)" }
  }
}

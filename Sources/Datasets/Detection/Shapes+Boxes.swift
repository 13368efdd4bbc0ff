import Boxes

extension Shapes {
  /// Draws a data set of one to five shapes an image, to be found by their boxes.
  ///
  /// - Parameters:
  ///   - size: width and height of the images, in pixels.
  ///   - most: shapes on an image at most; one of which less than a quarter is seen does not count.
  public static func detection(
    train: Int, test: Int, size: Int = 128, most: Int = 5, seed: UInt64,
    _ options: BoxOptions = BoxOptions()
  ) throws -> DetectionSplitData {
    let classNames = Kind.allCases.map { "\($0)" }
    let learned = drawn(0..<train, size: size, most: most, seed: seed)
    let frame = ImageFrame.size(of: learned.images, longSide: options.imageSize)
    let trainSet = DetectionDataset(
      learned, frame, name: "shapes", classNames: classNames, statistics: options.statistics)
    let testSet = DetectionDataset(
      drawn(train..<(train + test), size: size, most: most, seed: seed), trainSet.frame,
      name: "shapes", classNames: classNames)
    return DetectionSplitData(
      name: "shapes", classNames: classNames, classNumbers: nil, train: trainSet, validation: nil,
      test: testSet, found: "shapes drawn from a seed, with boxes", leftOut: [], notes: [])
  }

  private static func drawn(
    _ indices: Range<Int>, size: Int, most: Int, seed: UInt64
  ) -> ImageStore {
    let scenes = inOrder(indices.count) { position in
      scene(size: size, most: most, seed: seed, index: indices.lowerBound + position)
    }
    let images = zip(indices, scenes).map { index, scene in
      AnnotatedImage(
        name: "shapes-\(index)", path: "shapes-\(index)", width: size, height: size, number: index,
        boxes: scene.boxes.map { box in
          AnnotatedBox(
            Boxes.Box(
              minX: Double(box.left), minY: Double(box.top), maxX: Double(box.right),
              maxY: Double(box.bottom)), label: box.kind.rawValue)
        })
    }
    return ImageStore(images, pixels: scenes.map(\.pixels))
  }
}

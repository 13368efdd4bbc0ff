import Boxes
import Numbers

/// Room for a batch of images of one size and the boxes on each.
///
/// The boxes of all images lie one after another, `starts` says where each image's begin: image `i` has
/// those of `starts[i]..<starts[i + 1]`. Written by one loader thread, then read by the training thread,
/// never both: the loader sees to it.
public final class BoxBatch: @unchecked Sendable {
  /// Width of the images.
  public let width: Int
  /// Height of the images.
  public let height: Int
  /// The images, [N, H, W, 3], a byte each.
  public let pixels: UnsafeMutableBufferPointer<UInt8>
  /// The images' numbers in their set, [N].
  public let samples: UnsafeMutableBufferPointer<Int32>
  /// Images in this batch; fewer than asked for where some are broken.
  public internal(set) var count = 0
  /// The epoch of this batch.
  public internal(set) var epoch = 0
  /// The batch's number within the epoch.
  public internal(set) var number = 0

  /// The boxes, [M, 4]: x1, y1, x2, y2 in pixels of the batch's images.
  public internal(set) var boxes: [Float] = []
  /// Their classes, [M].
  public internal(set) var labels: [Int64] = []
  /// Where each image's boxes begin, [N + 1].
  public internal(set) var starts = [0]

  /// Regions, [K, 4], in which nothing has to be found and nothing found is wrong: crowds, difficult
  /// objects, and what is left of objects that a crop has cut off.
  public internal(set) var ignored: [Float] = []
  /// The classes of what is there, [K].
  public internal(set) var ignoredLabels: [Int64] = []
  /// Where each image's regions begin, [N + 1].
  public internal(set) var ignoredStarts = [0]

  /// Where the images lie in their frames, [N], of evaluation batches; empty for training batches.
  public internal(set) var placements: [ImagePlacement] = []

  init(capacity: Int, width: Int, height: Int) {
    self.width = width
    self.height = height
    pixels = .allocate(capacity: capacity * width * height * 3)
    samples = .allocate(capacity: capacity)
    pixels.initialize(repeating: 0)
    samples.initialize(repeating: 0)
  }

  /// Creates an evaluation batch of some images in a frame.
  public convenience init(of images: [FramedImage], in frame: ImageFrame) {
    self.init(capacity: images.count, width: frame.width, height: frame.height)
    for framed in images {
      precondition(framed.pixels.count == frame.bytes, "The images must fill the frame.")
      _ = image(count).pixels.initialize(from: framed.pixels)
      placements.append(framed.placement)
      end(count)
    }
  }

  deinit {
    pixels.deallocate()
    samples.deallocate()
  }

  /// An image, by its place in the batch.
  func image(_ index: Int) -> PixelImage {
    let size = width * height * 3
    return PixelImage(
      pixels: UnsafeMutableBufferPointer(rebasing: pixels[(index * size)..<((index + 1) * size)]),
      height: height, width: width, channels: 3)
  }

  // MARK: Filling

  /// Forgets what was in it.
  func begin(_ request: BatchRequest) {
    (count, epoch, number) = (0, request.epoch, request.batch)
    boxes.removeAll(keepingCapacity: true)
    labels.removeAll(keepingCapacity: true)
    ignored.removeAll(keepingCapacity: true)
    ignoredLabels.removeAll(keepingCapacity: true)
    placements.removeAll(keepingCapacity: true)
    (starts, ignoredStarts) = ([0], [0])
  }

  /// Adds the boxes of an image that a tile shows.
  ///
  /// - Parameters:
  ///   - minimumVisible: the share of its area that a box must keep; one that has lost more is ignored.
  func add(_ annotated: AnnotatedImage, in tile: Tile, minimumVisible: Double) {
    let (width, height) = (Double(annotated.width), Double(annotated.height))
    let window = tile.window(width: width, height: height)
    for object in annotated.boxes {
      let whole = tile.placed(
        object.box.clipped(width: width, height: height), width: width, height: height)
      let seen = whole.part(in: window)
      guard seen.hasArea else { continue }
      let corners = [seen.x, seen.y, seen.maxX, seen.maxY].map { Float($0) }
      if object.isCrowd || object.isDifficult || seen.area < minimumVisible * whole.area
        || min(seen.width, seen.height) < Tile.minimumSide
      {
        ignored += corners
        ignoredLabels.append(Int64(object.label))
      } else {
        boxes += corners
        labels.append(Int64(object.label))
      }
    }
  }

  /// Closes an image, of which everything was added.
  func end(_ sample: Int) {
    samples[count] = Int32(sample)
    count += 1
    starts.append(labels.count)
    ignoredStarts.append(ignoredLabels.count)
  }
}

extension Box {
  /// The part of the box that lies within another.
  func part(in other: Box) -> Box {
    Box(
      minX: max(x, other.x), minY: max(y, other.y), maxX: min(maxX, other.maxX),
      maxY: min(maxY, other.maxY))
  }
}

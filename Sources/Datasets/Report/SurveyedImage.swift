import Numbers
import Synchronization

/// What is seen of an image when it is decoded once.
struct SurveyedImage: Sendable {
  /// Pixels from left to right.
  var width = 0
  /// Pixels from top to bottom.
  var height = 0
  /// 1 of a gray image, 3 of any other.
  var channels = 0
  /// Why it cannot be read; nil where it can.
  var fault: ImageFault?
  /// A digest of its file's bytes, or of its pixels where it has no file; and how many they are.
  var digest: UInt64 = 0
  var bytes = 0
  /// Whether all of its pixels have one color, but for 2 of 255 levels.
  var isBlank = false
  /// What it looks like; nil of a blank image, and of one that cannot be read.
  var hash: PerceptualHash?
  /// Gray levels of 16 by 16 pixels, where it has a hash.
  var miniature: [UInt8] = []

  /// Pixels on a side of the miniature.
  private static let miniatureSide = 16
  /// How far the levels of one color differ at most.
  private static let blankRange = 2
  /// The correlation from which on the miniatures of two images with near hashes are those of one image.
  private static let minimumCorrelation = 0.99

  /// Whether the miniature is that of the same image, by its correlation.
  func isAlike(_ other: SurveyedImage) -> Bool {
    guard miniature.count == other.miniature.count, !miniature.isEmpty else { return false }
    var (sumA, sumB, squareA, squareB, product) = (0, 0, 0, 0, 0)
    for (a, b) in zip(miniature, other.miniature) {
      sumA += Int(a)
      sumB += Int(b)
      squareA += Int(a) * Int(a)
      squareB += Int(b) * Int(b)
      product += Int(a) * Int(b)
    }
    let count = miniature.count
    let covariance = Double(count * product - sumA * sumB)
    let (a, b) = (
      Double(count * squareA - sumA * sumA), Double(count * squareB - sumB * sumB)
    )
    guard a > 0, b > 0 else { return a == b }
    return covariance / (a.squareRoot() * b.squareRoot()) >= Self.minimumCorrelation
  }

  // MARK: Decoding

  /// What one thread needs.
  private struct Worker {
    let decoder: ImageDecoder
    let file = ByteBuffer()
    let whole = ByteBuffer()
    let resizer = Resizer()
  }

  /// Decodes images on all cores.
  static func survey(_ source: SurveySource) -> [SurveyedImage] {
    let images = source.images
    let found = Mutex([SurveyedImage](repeating: SurveyedImage(), count: images.count))
    let filledBits = source.filledBits
    onAllCores(
      images.count, makeWorker: { Worker(decoder: ImageDecoder(filledBits: filledBits)) }
    ) { worker, index in
      var one = SurveyedImage()
      do throws(ImageFault) { try one.look(at: images[index].image, worker) } catch {
        one.fault = error
      }
      found.withLock { $0[index] = one }
    }
    return found.withLock { $0 }
  }

  private mutating func look(
    at image: SurveySource.Image, _ worker: Worker
  ) throws(ImageFault) {
    switch image.pixels {
    case .memory(let set, let row):
      (width, height, channels, bytes) = (set.width, set.height, set.channels, set.bytesPerImage)
      set.pixels.withUnsafeBufferPointer { all in
        let own = UnsafeBufferPointer(rebasing: all[(row * bytes)..<((row + 1) * bytes)])
        add(UnsafeRawBufferPointer(own))
        guard let start = own.baseAddress else { return }
        see(start, width: width, height: height, channels: channels, worker)
      }
    case .file(let path):
      let (content, size) = try worker.file.read(path)
      bytes = size
      add(UnsafeRawBufferPointer(content))
      let header = try worker.decoder.open(content, size: size)
      (width, height, channels) = (header.width, header.height, header.channels)
      if let annotated = image.annotated, annotated != ImageSize(width: width, height: height) {
        throw .otherSize(width: width, height: height, annotated: "\(annotated)")
      }
      if worker.decoder.isReducible {
        // The hash needs few pixels, and a reduced JPEG is read to its end all the same.
        let eighths =
          [1, 2, 4].first { min(width, height) * $0 / 8 >= 4 * PerceptualHash.side } ?? 8
        let split = try worker.decoder.decode(
          PixelRectangle(left: 0, top: 0, width: width, height: height), channels: channels,
          eighths: eighths)
        see(
          split.pixels, width: split.width, height: split.height, channels: channels, worker)
      } else {
        let room = try worker.whole.room(of: width * height * channels)
        try worker.decoder.decode(channels: channels, to: room)
        guard let start = room.baseAddress else { return }
        see(start, width: width, height: height, channels: channels, worker)
      }
    }
  }

  private mutating func add(_ bytes: UnsafeRawBufferPointer) {
    var digest = ContentDigest()
    digest.add(bytes)
    self.digest = digest.value
  }

  /// Looks at decoded pixels, [H, W, channels].
  private mutating func see(
    _ pixels: UnsafePointer<UInt8>, width: Int, height: Int, channels: Int, _ worker: Worker
  ) {
    var lowest = [UInt8](repeating: 255, count: channels)
    var highest = [UInt8](repeating: 0, count: channels)
    var position = 0
    isBlank = true
    while position < width * height * channels {
      for channel in 0..<channels {
        lowest[channel] = min(lowest[channel], pixels[position + channel])
        highest[channel] = max(highest[channel], pixels[position + channel])
      }
      position += channels
      // Most images are not blank within the first row.
      if position % (channels * width) == 0,
        zip(lowest, highest).contains(where: { Int($1) - Int($0) > Self.blankRange })
      {
        isBlank = false
        break
      }
    }
    guard !isBlank else { return }
    hash = PerceptualHash(
      gray(pixels, width: width, height: height, channels, side: PerceptualHash.side, worker))
    miniature = gray(
      pixels, width: width, height: height, channels, side: Self.miniatureSide, worker)
  }

  /// The whole image at another size, its sides as long as each other, as gray levels.
  private func gray(
    _ pixels: UnsafePointer<UInt8>, width: Int, height: Int, _ channels: Int, side: Int,
    _ worker: Worker
  ) -> [UInt8] {
    var small = [UInt8](repeating: 0, count: side * side * channels)
    small.withUnsafeMutableBufferPointer { small in
      guard let target = small.baseAddress else { return }
      worker.resizer.resize(
        pixels, width: width, stride: width * channels, channels: channels,
        down: ResizeFilter(size: height, start: 0, length: Double(height), count: side),
        along: ResizeFilter(size: width, start: 0, length: Double(width), count: side), to: target)
    }
    guard channels == 3 else { return small }
    // ITU-R 601's luma, as Pillow's mode L.
    return (0..<side * side).map { pixel in
      let (red, green, blue) = (
        Int(small[3 * pixel]), Int(small[3 * pixel + 1]), Int(small[3 * pixel + 2])
      )
      return UInt8(clamping: (299 * red + 587 * green + 114 * blue + 500) / 1000)
    }
  }
}

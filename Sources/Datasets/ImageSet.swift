/// Images of one size with a class each, decoded and in memory.
public struct ImageSet: Sendable {
  /// Pixels from top to bottom.
  public let height: Int
  /// Pixels from left to right.
  public let width: Int
  /// Numbers a pixel.
  public let channels: Int
  /// All images, [N, H, W, C], a byte each.
  public let pixels: [UInt8]
  /// The class of each image.
  public let labels: [Int64]
  /// The mean of each channel over all pixels, on a scale of 0 to 1.
  public let mean: [Double]
  /// The standard deviation of each channel over all pixels, on a scale of 0 to 1.
  public let deviation: [Double]

  /// Creates a set, and measures its channels.
  ///
  /// - Precondition: there are as many pixels as the labels and the size ask for.
  public init(height: Int, width: Int, channels: Int, pixels: [UInt8], labels: [Int64]) {
    precondition(
      pixels.count == labels.count * height * width * channels,
      "\(labels.count) images of \(height)x\(width)x\(channels) do not have \(pixels.count) bytes.")
    self.height = height
    self.width = width
    self.channels = channels
    self.pixels = pixels
    self.labels = labels
    (mean, deviation) = Self.moments(of: pixels, channels: channels)
  }

  /// The number of images.
  public var count: Int { labels.count }
  /// Bytes an image takes.
  public var bytesPerImage: Int { height * width * channels }
  /// The highest class number, or -1 of no images.
  public var highestLabel: Int { labels.max().map(Int.init) ?? -1 }

  /// Means and standard deviations from a histogram: exact, and one pass.
  private static func moments(
    of pixels: [UInt8], channels: Int
  ) -> (mean: [Double], deviation: [Double]) {
    var histogram = [Int](repeating: 0, count: channels * 256)
    histogram.withUnsafeMutableBufferPointer { histogram in
      pixels.withUnsafeBufferPointer { pixels in
        var channel = 0
        for pixel in pixels {
          histogram[channel * 256 + Int(pixel)] += 1
          channel += 1
          if channel == channels { channel = 0 }
        }
      }
    }
    let count = Double(max(1, pixels.count / max(1, channels)))
    var mean: [Double] = []
    var deviation: [Double] = []
    for channel in 0..<channels {
      let counts = histogram[(channel * 256)..<((channel + 1) * 256)].map(Double.init)
      let average = counts.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element } / count
      let square = counts.enumerated().reduce(0) {
        $0 + (Double($1.offset) - average) * (Double($1.offset) - average) * $1.element
      }
      mean.append(average / 255)
      deviation.append((square / count).squareRoot() / 255)
    }
    return (mean, deviation)
  }
}

/// Images to learn from, images to judge by, and what their classes are called.
public struct ImageData: Sendable {
  /// What the data set is called.
  public let name: String
  /// The images to learn from.
  public let train: ImageSet
  /// The images to judge by.
  public let test: ImageSet
  /// The name of each class.
  public let classNames: [String]

  /// Creates a data set.
  public init(name: String, train: ImageSet, test: ImageSet, classNames: [String]) {
    self.name = name
    self.train = train
    self.test = test
    self.classNames = classNames
  }
}

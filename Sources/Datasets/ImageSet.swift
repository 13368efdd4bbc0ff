import Numbers

/// Images of one size with a class each, decoded and in memory.
public struct ImageSet: LabelledImages {
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
  /// How many of 16 bits were filled in the files of 16.
  public let filledBits: FilledBits

  /// Creates a set, and measures its channels.
  ///
  /// - Precondition: there are as many pixels as the labels and the size ask for.
  public init(
    height: Int, width: Int, channels: Int, pixels: [UInt8], labels: [Int64],
    filledBits: FilledBits = .all
  ) {
    precondition(
      pixels.count == labels.count * height * width * channels,
      "\(labels.count) images of \(height)x\(width)x\(channels) do not have \(pixels.count) bytes.")
    self.height = height
    self.width = width
    self.channels = channels
    self.pixels = pixels
    self.labels = labels
    self.filledBits = filledBits
    (mean, deviation) = Self.moments(of: pixels, channels: channels)
  }

  /// Means and standard deviations from whole sums: exact, in one pass.
  ///
  /// The sums are kept in lanes, a whole number of pixels wide, so that the loop over a lane adds
  /// many at once.
  static func moments(
    of pixels: [UInt8], channels: Int
  ) -> (mean: [Double], deviation: [Double]) {
    let width = 64 * channels
    var sums = [Int](repeating: 0, count: width)
    var squares = sums
    // 255 * 255 can be added so often before 32 bits are full.
    let rowsAtOnce = 66_000
    var start = 0
    while start < pixels.count {
      let end = min(pixels.count, start + rowsAtOnce * width)
      var laneSums = [UInt32](repeating: 0, count: width)
      var laneSquares = laneSums
      for row in stride(from: start, to: end, by: width) {
        let count = min(width, end - row)
        pixels.withUnsafeBufferPointer { pixels in
          for lane in 0..<count {
            let level = UInt32(pixels[row + lane])
            laneSums[lane] &+= level
            laneSquares[lane] &+= level &* level
          }
        }
      }
      for lane in 0..<width {
        sums[lane] += Int(laneSums[lane])
        squares[lane] += Int(laneSquares[lane])
      }
      start = end
    }
    let count = Int128(max(1, pixels.count / max(1, channels)))
    var mean: [Double] = []
    var deviation: [Double] = []
    for channel in 0..<channels {
      let lanes = stride(from: channel, to: width, by: channels)
      let sum = Int128(lanes.reduce(0) { $0 + sums[$1] })
      let square = Int128(lanes.reduce(0) { $0 + squares[$1] })
      mean.append(Double(sum) / Double(count) / 255)
      deviation.append(Double(count * square - sum * sum).squareRoot() / Double(count) / 255)
    }
    return (mean, deviation)
  }
}

/// Images to learn from, images to judge by, and what their classes are called.
public struct ImageData: ImageParts {
  /// What the data set is called.
  public let name: String
  /// The images to learn from.
  public internal(set) var train: any LabelledImages
  /// The images to judge by during a run, where there are others for its end.
  public internal(set) var validation: (any LabelledImages)?
  /// The images to judge by.
  public internal(set) var test: any LabelledImages
  /// The name of each class.
  public let classNames: [String]
  /// What the images were found as, for people; `an image folder: train/ and test/ with 10 classes`.
  public let found: String
  /// The images that were left out because they are broken, in the order of their paths.
  public let broken: [BrokenImage]
  /// What else a reader should know, a line each.
  public let notes: [String]
  /// What became of every file below the data's folder.
  public internal(set) var account: FolderAccount

  /// Creates a data set.
  public init(
    name: String, train: any LabelledImages, validation: (any LabelledImages)? = nil,
    test: any LabelledImages, classNames: [String], found: String, broken: [BrokenImage] = [],
    notes: [String] = [], account: FolderAccount = FolderAccount()
  ) {
    self.name = name
    self.train = train
    self.validation = validation
    self.test = test
    self.classNames = classNames
    self.found = found
    self.broken = broken
    self.notes = notes
    self.account = account
  }

  /// A part, as something counted.
  public func counted(_ images: any LabelledImages) -> any CountedImages { images }
}

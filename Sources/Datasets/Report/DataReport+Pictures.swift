import Boxes
import CImages
import Foundation
import Numbers

extension DataReport {
  /// Pixels on the longer side of a picture.
  static let pictureSide = 144
  /// The bytes of all pictures at most, so that a page with them stays below 2 MB.
  private static let maximumBytes = 1_300_000

  /// Draws the pictures of the findings' examples.
  mutating func addPictures(_ context: Context) {
    let positions = Dictionary(
      context.images.indices.map { (Key(context.named($0)), $0) },
      uniquingKeysWith: { first, _ in first })
    let decoder = ImageDecoder(filledBits: context.source.filledBits)
    var bytes = 0
    for finding in findings.indices {
      for example in findings[finding].examples.indices {
        for number in findings[finding].examples[example].images.indices {
          let image = findings[finding].examples[example].images[number]
          guard bytes < Self.maximumBytes, let position = positions[Key(image)],
            let picture = Self.picture(context.images[position], image.box, context, decoder)
          else { continue }
          bytes += picture.jpeg.count
          findings[finding].examples[example].images[number].picture = picture
        }
      }
    }
  }

  private struct Key: Hashable {
    let split: String
    let name: String
    init(_ image: Image) { (split, name) = (image.split, image.name) }
  }

  private static func picture(
    _ found: (split: Int, image: SurveySource.Image), _ box: [Double]?, _ context: Context,
    _ decoder: ImageDecoder
  ) -> Picture? {
    let image: ColorImage
    switch found.image.pixels {
    case .memory(let set, let row): image = set.colorImage(row: row)
    case .file(let path):
      // A mask is shown on its image.
      if let set = context.source.splits[found.split].masks,
        let masked = try? set.read(found.image.index)
      {
        image = MaskPicture.overlay(masked.image, masked.mask)
      } else if let read = try? ColorImage(file: path, by: decoder) {
        image = read
      } else {
        return nil
      }
    }
    return Picture(of: image, around: box, side: pictureSide)
  }
}

extension DataReport.Picture {
  /// Makes a small picture of an image, or of a box and as much again around it.
  init?(of image: ColorImage, around box: [Double]? = nil, side: Int) {
    var (left, top, width, height) = (0, 0, image.width, image.height)
    if let box, box.count == 4 {
      let reach = max(box[2], box[3], 16)
      let region = Box(
        minX: box[0] - reach, minY: box[1] - reach, maxX: box[0] + box[2] + reach,
        maxY: box[1] + box[3] + reach
      ).clipped(width: Double(image.width), height: Double(image.height))
      if region.hasArea {
        (left, top) = (Int(clamping: region.x), Int(clamping: region.y))
        (width, height) = (
          max(1, Int(clamping: region.maxX) - left), max(1, Int(clamping: region.maxY) - top)
        )
      }
    }
    let scale = min(4, Double(side) / Double(max(width, height)))
    let size = (
      width: max(1, Int(clamping: (Double(width) * scale).rounded())),
      height: max(1, Int(clamping: (Double(height) * scale).rounded()))
    )
    var small = [UInt8](repeating: 0, count: size.width * size.height * 3)
    image.pixels.withUnsafeBufferPointer { pixels in
      small.withUnsafeMutableBufferPointer { small in
        guard let from = pixels.baseAddress, let to = small.baseAddress else { return }
        Resizer().resize(
          from + (top * image.width + left) * 3, width: width, stride: image.width * 3,
          channels: 3,
          down: ResizeFilter(size: height, start: 0, length: Double(height), count: size.height),
          along: ResizeFilter(size: width, start: 0, length: Double(width), count: size.width),
          to: to)
      }
    }
    let jpeg = JPEG.encoded(small, width: size.width, height: size.height)
    guard !jpeg.isEmpty else { return nil }
    self.jpeg = jpeg
    region = [left, top, width, height].map(Double.init)
  }
}

extension LabeledImages {
  /// What an image is called: its file, or its number where it has none.
  public func name(of index: Int) -> String {
    if let photos = self as? ImageFileDataset { return TarMember.shown(photos.paths[index]) }
    guard let memory = self as? ImageSet else { return "image \(index)" }
    return memory.names.map { TarMember.shown($0[index]) } ?? "image \(memory.row(of: index))"
  }

  /// A small picture of an image; nil of one that cannot be read.
  public func picture(of index: Int) -> DataReport.Picture? {
    let path = (self as? ImageFileDataset)?.paths[index] ?? (self as? ImageSet)?.names?[index]
    let image =
      if let path {
        try? ColorImage(file: path, filledBits: filledBits)
      } else {
        (self as? ImageSet).map { $0.colorImage(row: $0.row(of: index)) }
      }
    return image.flatMap { DataReport.Picture(of: $0, side: DataReport.pictureSide) }
  }
}

extension ImageSet {
  /// An image in color.
  func colorImage(row: Int) -> ColorImage {
    let own = pixels[(row * bytesPerImage)..<((row + 1) * bytesPerImage)]
    return ColorImage(
      width: width, height: height,
      pixels: channels == 3 ? Array(own) : own.flatMap { [$0, $0, $0] })
  }
}

/// JPEG files made in memory, to be shown on a page.
enum JPEG {
  /// Returns a color image, [height, width, 3], as a JPEG file of quality 80; nothing where there is no memory.
  static func encoded(_ pixels: [UInt8], width: Int, height: Int) -> Data {
    precondition(
      width > 0 && height > 0 && pixels.count == width * height * 3,
      "\(pixels.count) bytes are not an image of \(height)x\(width)x3.")
    var file: UnsafeMutablePointer<UInt8>?
    let count = ci_jpeg_encode(pixels, Int32(width), Int32(height), 3, 80, &file)
    guard let file else { return Data() }
    return Data(bytesNoCopy: file, count: count, deallocator: .free)
  }
}

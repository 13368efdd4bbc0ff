import Numbers

extension ImageStore {
  /// Returns a frame of this size with the mean and deviation of 300 of the images, as they come to it, or with
  /// those that are given.
  func measured(
    width: Int, height: Int, _ filledBits: FilledBits, _ given: ChannelStatistics? = nil
  ) -> ImageFrame {
    if let given {
      return ImageFrame(
        width: width, height: height, mean: given.mean, deviation: given.deviation,
        filledBits: filledBits)
    }
    let plain = ImageFrame(
      width: width, height: height, mean: [0, 0, 0], deviation: [1, 1, 1], filledBits: filledBits)
    let sample = Array(stride(from: 0, to: images.count, by: max(1, images.count / 300)))
    let bytes = plain.bytes
    var pixels = [UInt8](repeating: 0, count: sample.count * bytes)
    var isRead = [Bool](repeating: false, count: sample.count)
    pixels.withUnsafeMutableBufferPointer { pixels in
      isRead.withUnsafeMutableBufferPointer { isRead in
        let (positions, marks) = (DisjointBuffer(pixels, size: bytes), DisjointBuffer(isRead))
        onAllCores(sample.count, makeWorker: { TileReader(filledBits: filledBits) }) {
          reader, index in
          let image = images[sample[index]]
          let placement = plain.placement(width: image.width, height: image.height)
          let target = PixelImage(
            pixels: positions[index], height: height, width: width, channels: 3)
          let done = try? reader.read(sample[index], of: self, plain.tile(placement), to: target)
          marks[index][0] = done != nil
        }
      }
    }
    // Only what the images fill is measured, not what is left of their frames.
    var moments = ChannelMoments(channels: 3)
    pixels.withUnsafeBufferPointer { pixels in
      for (position, index) in sample.enumerated() where isRead[position] {
        let (imageWidth, imageHeight) = (Double(images[index].width), Double(images[index].height))
        let tile = plain.tile(
          plain.placement(width: images[index].width, height: images[index].height))
        guard let filled = tile.pixels(width: imageWidth, height: imageHeight) else { continue }
        for row in 0..<filled.height {
          let start = position * bytes + row * width * 3
          moments.add(UnsafeBufferPointer(rebasing: pixels[start..<(start + filled.width * 3)]))
        }
      }
    }
    let statistics = moments.statistics()
    return ImageFrame(
      width: width, height: height, mean: statistics.mean, deviation: statistics.deviation,
      filledBits: filledBits)
  }
}

/// Decodes files into one block of memory, on all cores, at one size.
struct FolderDecoder {
  let shape: ImageHeader
  let filledBits: FilledBits
  let interpolation: Interpolation

  /// What one thread needs.
  private struct Worker {
    let decoder: ImageDecoder
    let resizer = Resizer()
    let whole = ByteBuffer()
    let colored = ByteBuffer()
  }

  /// Decodes files in their order; those that fail, or are known to, leave no gap.
  func decode(
    _ files: [ImageFileDataset.File], _ known: [String: ImageFault]
  ) -> (set: ImageSet, broken: [BrokenImage]) {
    let size = shape.width * shape.height * shape.channels
    var faults = files.map { known[$0.path] }
    var labels: [Int64] = []
    var names: [String] = []
    let pixels = [UInt8](unsafeUninitializedCapacity: files.count * size) { pixels, count in
      let positions = DisjointBuffer(pixels, size: size)
      faults.withUnsafeMutableBufferPointer { faults in
        let faults = DisjointBuffer(faults)
        onAllCores(
          files.count, makeWorker: { Worker(decoder: ImageDecoder(filledBits: filledBits)) }
        ) { worker, index in
          guard faults[index][0] == nil else { return }
          do throws(ImageFault) {
            try decode(files[index].path, worker, to: positions[index])
          } catch { faults[index][0] = error }
        }
      }
      for index in files.indices where faults[index] == nil {
        let kept = labels.count
        if kept < index, let start = pixels.baseAddress {
          (start + kept * size).update(from: start + index * size, count: size)
        }
        labels.append(files[index].label)
        names.append(files[index].path)
      }
      count = labels.count * size
    }
    let broken = zip(files, faults).compactMap { file, fault in
      fault.map { BrokenImage(path: file.path, fault: $0) }
    }
    let set = ImageSet(
      height: shape.height, width: shape.width, channels: shape.channels, pixels: pixels,
      labels: labels, names: names, filledBits: filledBits, interpolation: interpolation)
    return (set, broken)
  }

  private func decode(
    _ path: String, _ worker: Worker, to target: UnsafeMutableBufferPointer<UInt8>
  ) throws(ImageFault) {
    let header = try worker.decoder.open(path)
    guard header.channels > shape.channels else {
      return try decode(header, worker, channels: shape.channels, to: target)
    }
    let colors = try worker.colored.room(of: 3 * target.count)
    try decode(header, worker, channels: 3, to: colors)
    PhotoReader.takeLuminance(of: colors, to: target)
  }

  private func decode(
    _ header: ImageHeader, _ worker: Worker, channels: Int,
    to target: UnsafeMutableBufferPointer<UInt8>
  ) throws(ImageFault) {
    guard (header.width, header.height) != (shape.width, shape.height) else {
      return try worker.decoder.decode(channels: channels, to: target)
    }
    let whole = try worker.whole.room(of: header.width * header.height * channels)
    try worker.decoder.decode(channels: channels, to: whole)
    guard let from = whole.baseAddress, let to = target.baseAddress else { return }
    worker.resizer.cover(
      from, width: header.width, height: header.height, channels: channels,
      size: shape.width, by: interpolation, to: to)
  }
}

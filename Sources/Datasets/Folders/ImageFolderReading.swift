/// Reads the images of a folder into memory, on all cores.
struct ImageFolderReader {
  let folder: String
  let options: DataOptions

  /// Reads a folder of images into two sets.
  ///
  /// - Throws: `DataError` where sizes differ and none is asked for, or too many images are broken.
  func read(_ layout: DataLayout, name: String) throws -> ImageData {
    let found = try ImageFolder(folder, layout, splitSeed: options.splitSeed)
    let files = found.train + found.test
    let headers = headers(of: files)
    let shape = try shape(of: files, headers)
    let (train, trainFaults) = decode(found.train, headers[..<found.train.count], shape)
    let (test, testFaults) = decode(found.test, headers[found.train.count...], shape)
    let broken = trainFaults + testFaults
    // More than one in a hundred is no accident of a few files.
    if let first = broken.first, broken.count * 100 > files.count, !options.allowsBroken {
      throw DataError.tooManyBroken(folder: folder, broken: broken.count, of: files.count, first)
    }
    for set in [train, test] where set.count == 0 { throw DataError.noImages(folder: folder) }
    return ImageData(
      name: name, train: train, test: test, classNames: found.classNames, found: found.words,
      broken: broken)
  }

  private typealias Header = Result<ImageHeader, ImageFault>

  private func headers(of files: [ImageFolder.File]) -> [Header] {
    [Header](unsafeUninitializedCapacity: files.count) { headers, count in
      headers.initialize(repeating: .failure(.empty))
      let places = Places(headers)
      onAllCores(files.count, makeWorker: { ImageDecoder() }) { decoder, index in
        do throws(ImageFault) {
          places[index][0] = .success(try decoder.header(of: files[index].path))
        } catch { places[index][0] = .failure(error) }
      }
      count = files.count
    }
  }

  /// The size and channels that every image is brought to.
  private func shape(of files: [ImageFolder.File], _ headers: [Header]) throws -> ImageHeader {
    var first: (file: ImageFolder.File, header: ImageHeader)?
    var channels = 1
    for (file, header) in zip(files, headers) {
      guard case .success(let header) = header else { continue }
      channels = max(channels, header.channels)
      guard let first else {
        first = (file, header)
        continue
      }
      let isAlike = (first.header.width, first.header.height) == (header.width, header.height)
      guard isAlike || options.imageSize != nil else {
        throw DataError.sizesDiffer(
          first.file.path, "\(first.header.width)x\(first.header.height)",
          file.path, "\(header.width)x\(header.height)")
      }
    }
    guard var shape = first?.header else {
      // Every one is broken: said of the first.
      let broken = zip(files, headers).compactMap { file, header -> BrokenImage? in
        guard case .failure(let fault) = header else { return nil }
        return BrokenImage(path: file.path, fault: fault)
      }
      guard let first = broken.first else { throw DataError.noImages(folder: folder) }
      throw DataError.tooManyBroken(folder: folder, broken: broken.count, of: files.count, first)
    }
    shape.channels = channels
    if let size = options.imageSize { (shape.width, shape.height) = (size, size) }
    return shape
  }

  /// What one thread needs.
  private struct Worker {
    let decoder = ImageDecoder()
    let resizer = Resizer()
    let whole = ByteBuffer()
  }

  /// Decodes files into one block of memory; those that fail leave no gap.
  private func decode(
    _ files: [ImageFolder.File], _ headers: ArraySlice<Header>, _ shape: ImageHeader
  ) -> (ImageSet, [BrokenImage]) {
    let size = shape.width * shape.height * shape.channels
    let headers = Array(headers)
    var faults = [ImageFault?](repeating: nil, count: files.count)
    var labels: [Int64] = []
    let pixels = [UInt8](unsafeUninitializedCapacity: files.count * size) { pixels, count in
      let places = Places(pixels, size: size)
      faults.withUnsafeMutableBufferPointer { faults in
        let faults = Places(faults)
        onAllCores(files.count, makeWorker: { Worker() }) { worker, index in
          do throws(ImageFault) {
            _ = try headers[index].get()
            try Self.decode(files[index].path, shape, worker, to: places[index])
          } catch { faults[index][0] = error }
        }
      }
      for index in files.indices where faults[index] == nil {
        let kept = labels.count
        if kept < index, let start = pixels.baseAddress {
          (start + kept * size).update(from: start + index * size, count: size)
        }
        labels.append(files[index].label)
      }
      count = labels.count * size
    }
    let broken = zip(files, faults).compactMap { file, fault in
      fault.map { BrokenImage(path: file.path, fault: $0) }
    }
    let set = ImageSet(
      height: shape.height, width: shape.width, channels: shape.channels, pixels: pixels,
      labels: labels)
    return (set, broken)
  }

  private static func decode(
    _ path: String, _ shape: ImageHeader, _ worker: Worker,
    to target: UnsafeMutableBufferPointer<UInt8>
  ) throws(ImageFault) {
    let header = try worker.decoder.open(path)
    guard (header.width, header.height) != (shape.width, shape.height) else {
      return try worker.decoder.decode(channels: shape.channels, to: target)
    }
    let whole = worker.whole.room(for: header.width * header.height * shape.channels)
    try worker.decoder.decode(channels: shape.channels, to: whole)
    guard let from = whole.baseAddress, let to = target.baseAddress else { return }
    worker.resizer.cover(
      from, width: header.width, height: header.height, channels: shape.channels,
      size: shape.width, to: to)
  }
}

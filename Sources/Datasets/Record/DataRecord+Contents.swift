import Numbers

extension ImageSet {
  /// The labels, and digests of the pixels, of which large images give a part.
  public func contents(below folder: String, classNames: [String], readsFiles: Bool) -> DataRecord.Contents {
    let words = bytesPerImage / 8
    func digest(_ image: Int, every step: Int, into digest: inout ContentDigest) {
      let start = row(of: image) * bytesPerImage
      pixels.withUnsafeBytes { pixels in
        digest.add(
          UnsafeRawBufferPointer(rebasing: pixels[start..<(start + bytesPerImage)]), every: step)
      }
    }
    let folder = FolderPrefix(folder)
    guard let names else {
      var (all, own) = (ContentDigest(), ContentDigest())
      for size in [height, width, channels] { own.add(size) }
      // About a million words of the whole set.
      let step = max(1, count * words >> 20)
      for image in labels.indices {
        all.add(Int(labels[image]))
        digest(image, every: step, into: &own)
      }
      return .whole(images: count, labels: all.value, pixels: own.value)
    }
    let files = readsFiles ? FileDigest.digests(of: names) : nil
    return .listed(
      labels.indices.map { image in
        var own = ContentDigest()
        for size in [height, width, channels] { own.add(size) }
        digest(image, every: max(1, words >> 9), into: &own)
        return DataRecord.Image(
          name: folder.removed(from: names[image]), label: classNames[Int(labels[image])],
          content: own.value, file: files?[image])
      })
  }
}

extension ImageFileDataset {
  /// The labels and the sizes of the files.
  public func contents(below folder: String, classNames: [String], readsFiles: Bool) -> DataRecord.Contents {
    let folder = FolderPrefix(folder)
    let files = readsFiles ? FileDigest.digests(of: paths) : nil
    return .listed(
      paths.indices.map { image in
        var own = ContentDigest()
        own.add(fileSize(paths[image]))
        return DataRecord.Image(
          name: folder.removed(from: paths[image]), label: classNames[Int(labels[image])], content: own.value,
          file: files?[image])
      })
  }
}

extension DetectionDataset {
  /// The sizes of the files, the boxes and their classes.
  public func contents(below folder: String, classNames: [String], readsFiles: Bool) -> DataRecord.Contents {
    let folder = FolderPrefix(folder)
    let files = readsFiles ? FileDigest.digests(of: images.map(\.path)) : nil
    return .listed(
      images.enumerated().map { index, image in
        var (own, classes, others) = (ContentDigest(), ContentDigest(), ContentDigest())
        for size in [fileSize(image.path), image.width, image.height] { own.add(size) }
        for box in image.boxes {
          for edge in [box.box.x, box.box.y, box.box.width, box.box.height] { own.add(edge) }
          classes.add(classNames[box.label])
          others.add(box.area)
          others.add((box.isCrowd ? 1 : 0) + (box.isDifficult ? 2 : 0))
        }
        return DataRecord.Image(
          name: folder.removed(from: image.path), label: "#" + classes.text, content: own.value, file: files?[index],
          annotation: others.value)
      })
  }
}

extension SegmentationDataset {
  /// The sizes of the image files, how many pixels of each class the masks have, and digests of the masks' files.
  public func contents(below folder: String, classNames: [String], readsFiles: Bool) -> DataRecord.Contents {
    let folder = FolderPrefix(folder)
    let files = readsFiles ? FileDigest.digests(of: names.indices.map(imagePath)) : nil
    let masks = readsFiles ? inOrder(names.count) { maskFile(of: $0).flatMap(FileDigest.digest) } : nil
    return .listed(
      names.indices.map { index in
        let file = imagePath(of: index)
        var (own, classes) = (ContentDigest(), ContentDigest())
        for size in [fileSize(file), sizes[index].width, sizes[index].height] { own.add(size) }
        // The classes' names belong to the pixels; how many pixels there are of each one does not.
        let counts = imageCounts?[index] ?? []
        for count in counts.filter({ $0 > 0 }).sorted() { own.add(count) }
        for (label, count) in counts.enumerated() where count > 0 {
          classes.add(classNames[label])
          classes.add(count)
        }
        return DataRecord.Image(
          name: folder.removed(from: file), label: "#" + classes.text, content: own.value, file: files?[index],
          annotation: masks?[index])
      })
  }
}

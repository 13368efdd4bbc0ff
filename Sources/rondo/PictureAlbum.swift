#if LIBTORCH
  import Datasets
  import Files
  import Foundation
  import Runs
  import Tasks

  /// A folder of pictures with boxes, each under its image's name.
  struct PictureAlbum {
    private let folder: URL
    private let rule: OutputRule
    /// The names of the pictures of each image that are still to come, the next one last.
    private var names: [String: [String]] = [:]

    /// Claims the pictures of images, and makes the folder where it is not there yet.
    init(_ path: String, of images: [String], by rule: OutputRule) throws {
      folder = URL(fileURLWithPath: path)
      self.rule = rule
      for (image, name) in zip(images, OutputNames.of(images, ends: [".png"])).reversed() {
        let file = folder.appendingPathComponent(name + ".png").path
        try rule.claim(file, of: image)
        names[image, default: []].append(file)
      }
      try RunFolder.makeFolder(folder)
    }

    /// Writes a picture with the boxes of a score and more.
    mutating func add(_ found: FoundBoxes, classNames: [String], from score: Double) throws {
      guard let file = names[found.file]?.popLast() else { return }
      var picture = try BoxPicture(path: found.file, filledBits: found.filledBits)
      picture.draw(found.detections.filter { $0.score >= score }, classNames: classNames)
      try rule.write(to: file, of: found.file) { try $0.write(picture.png()) }
    }
  }
#endif

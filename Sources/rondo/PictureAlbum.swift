#if LIBTORCH
  import Datasets
  import Foundation
  import Runs
  import Tasks

  /// A folder of pictures with boxes, each under its image's name.
  struct PictureAlbum {
    private let folder: URL
    private var names = OutputNames()

    /// Makes the folder where it is not there yet.
    init(_ path: String) throws {
      folder = URL(fileURLWithPath: path)
      try RunFolder.makeFolder(folder)
    }

    /// Writes a picture with the boxes of a score and more.
    mutating func add(_ found: FoundBoxes, classNames: [String], from score: Double) throws {
      var picture = try BoxPicture(path: found.file)
      picture.draw(found.detections.filter { $0.score >= score }, classNames: classNames)
      let name = names.name(for: found.file) + ".png"
      try AtomicFile.write(picture.png(), to: folder.appendingPathComponent(name))
    }
  }
#endif

import Files
import Formatting
import Foundation

/// Puts files and images into a new folder, and nowhere else.
struct AnnotationWriter {
  let folder: String
  let images: DetectionConversion.Images

  /// Writes a new file.
  ///
  /// - Parameter name: its path below the folder.
  /// - Throws: `AnnotationError.notWritable` for a name that leads out; `FileError.notWritten` for one that is
  ///   taken, or where there is no room.
  func write(_ data: Data, _ name: String) throws {
    let file = try newFile(name)
    guard let stream = fopen(file.path, "wx") else { throw Self.refusal(of: file) }
    let count = data.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, stream) }
    let isWritten = count == data.count && fflush(stream) == 0
    let refusal = Self.refusal(of: file)
    guard fclose(stream) == 0, isWritten else { throw refusal }
  }

  /// What the system says of a file that it does not take.
  private static func refusal(of file: URL) -> FileError {
    .notWritten(path: file.path, code: errno)
  }

  func write(_ text: String, _ name: String) throws { try write(Data(text.utf8), name) }

  /// Makes a folder, which may be there already.
  func makeFolder(_ name: String) throws { _ = try newFile(name + "/x") }

  /// Links or copies an image under a new name, if that is wanted.
  ///
  /// - Throws: `AnnotationError.unusableImage` where a file to be copied is no image.
  func place(_ image: AnnotatedImage, _ name: String) throws {
    if images != .none, TarMember(image.path) != nil { return try unpack(image, name) }
    let file = try newFile(name)
    let files = FileManager.default
    let source = URL(fileURLWithPath: image.path).standardizedFileURL
    switch images {
    case .none: return
    case .link: try files.createSymbolicLink(at: file, withDestinationURL: source)
    case .copy:
      // A link may lead anywhere, but nothing that is no image is carried away.
      do throws(ImageFault) { _ = try ImageDecoder().header(of: image.path) } catch {
        throw AnnotationError.unusableImage(path: image.path, reason: "\(error)")
      }
      try files.copyItem(at: source.resolvingSymlinksInPath(), to: file)
    }
  }

  /// Copies an image out of an archive, into which no link can lead.
  private func unpack(_ image: AnnotatedImage, _ name: String) throws {
    let buffer = ByteBuffer()
    let bytes: Data
    do throws(ImageFault) {
      _ = try ImageDecoder().header(of: image.path)
      bytes = Data(try buffer.read(image.path).bytes)
    } catch {
      throw AnnotationError.unusableImage(path: image.path, reason: "\(error)")
    }
    try write(bytes, name)
  }

  /// Where a new file comes to lie; the folders above it are made.
  private func newFile(_ name: String) throws -> URL {
    func refuse(_ reason: String) -> AnnotationError { .notWritable(file: name, reason: reason) }
    let path: RelativePath
    do { path = try RelativePath(name) } catch {
      throw refuse("its name leads out of the new folder")
    }
    var position = folder
    for part in path.parts.dropLast() {
      position = joined(position, part)
      var status = stat()
      if lstat(position, &status) == 0 {
        // A link among the folders, to one of the images' own, would lead out.
        guard status.st_mode & S_IFMT == S_IFDIR else {
          throw refuse("\(part) is a file, and a folder at once")
        }
      } else if mkdir(position, 0o777) != 0 {
        throw refuse(systemReason())
      }
    }
    return URL(fileURLWithPath: joined(position, path.parts[path.parts.count - 1]))
  }
}

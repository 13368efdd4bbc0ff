/// Why an image cannot be used.
public enum ImageFault: Error, Sendable, Hashable, Codable {
  /// A file without a byte.
  case empty
  /// A file that is no image of a kind that is read, whatever its name says.
  case otherKind
  /// A file that cannot be opened or read, in the system's words.
  case unreadable(String)
  /// A file that is cut short or damaged, in the decoder's words.
  case damaged(String)
  /// A file that is whole, but has something that is not read, which is named.
  case unsupported(String)
  /// A file of more bytes than are read of an image.
  case tooLong(bytes: Int, most: Int)
  /// An image that claims more pixels than are read.
  case tooLarge(width: Int, height: Int, most: Int)
  /// An image that claims more pixels than so few bytes can hold.
  case claimsMore(width: Int, height: Int, bytes: Int)
  /// An image of another size than its annotation says.
  case otherSize(width: Int, height: Int, annotated: String)
}

extension ImageFault: CustomStringConvertible {
  /// What is wrong, as the end of a sentence that begins with the file.
  public var description: String {
    switch self {
    case .empty: "it is empty"
    case .otherKind:
      "it has none of the supported formats (\(FolderListing.kinds)), whatever its name says"
    case .unreadable(let words): "it cannot be read (\(words))"
    case .damaged(let words): "it is truncated or damaged (\(words))"
    case .unsupported(let feature):
      "it has what is not supported (\(feature)); save it as PNG with 8 or 16 bits a channel"
    case .tooLong(let bytes, let most):
      "it has \(bytes) bytes, and at most \(most) are read"
    case .tooLarge(let width, let height, let most):
      "it claims \(width)x\(height) pixels, and at most \(most) are read"
    case .claimsMore(let width, let height, let bytes):
      "it claims \(width)x\(height) pixels, which its \(bytes) bytes cannot hold"
    case .otherSize(let width, let height, let annotated):
      "it has \(width)x\(height) pixels, and its annotation says \(annotated)"
        + (isTurned ? " (\(ImageSize.turnedWords))" : "")
    }
  }
}

extension ImageFault {
  /// Whether an image and its annotation differ as they do where the image is turned.
  var isTurned: Bool {
    guard case .otherSize(let width, let height, let annotated) = self else { return false }
    return width != height && annotated == "\(height)x\(width)"
  }
}

/// A file that was left out of a data set, and why.
public struct BrokenImage: Sendable, Hashable, Codable {
  /// The file.
  public let path: String
  /// What is wrong with it.
  public let fault: ImageFault

  /// Creates the record of a broken image.
  public init(path: String, fault: ImageFault) {
    self.path = path
    self.fault = fault
  }

  /// Whether so many broken images are no accident of a few files: more than one in a hundred.
  static func areTooMany(_ broken: Int, of images: Int) -> Bool { broken * 100 > images }
}

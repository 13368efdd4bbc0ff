import CDigest
import Foundation
import Numbers

/// The sum by which a file is known for the one that was published.
public enum Checksum: Sendable, Hashable {
  /// The MD5 sum, in 32 hexadecimal digits: enough against damage, not against deceit.
  case md5(String)
  /// The SHA-256 sum, in 64 hexadecimal digits, or the first of them where the publisher names no more.
  case sha256(String)

  /// The sum's name.
  public var name: String {
    switch self {
    case .md5: "MD5"
    case .sha256: "SHA-256"
    }
  }

  /// The digits.
  public var digits: String {
    switch self {
    case .md5(let digits), .sha256(let digits): digits
    }
  }

  /// Whether all digits are known, and not only the first.
  public var isWhole: Bool {
    switch self {
    case .md5: digits.count == 32
    case .sha256: digits.count == 64
    }
  }

  /// Whether a file of this sum is the published one.
  func holds(_ found: Checksum) -> Bool {
    name == found.name && !digits.isEmpty && found.digits.hasPrefix(digits)
  }

  /// Returns the same kind of sum of all bytes of an open file.
  ///
  /// - Throws: what `FileHandle` throws.
  func sum(of file: FileHandle) throws -> Checksum {
    try file.seek(toOffset: 0)
    return try sum { try file.read(upToCount: 1 << 20) ?? Data() }
  }

  /// Returns the same kind of sum of bytes that come in pieces, of which an empty one is the end.
  func sum(of nextPiece: () throws -> Data) throws -> Checksum {
    func each(_ add: (UnsafeRawBufferPointer) -> Void) throws {
      var piece = try nextPiece()
      while !piece.isEmpty {
        piece.withUnsafeBytes(add)
        piece = try nextPiece()
      }
    }
    func digits(_ digest: [UInt8]) -> String {
      digest.map { String(format: "%02x", $0) }.joined()
    }
    switch self {
    case .md5:
      var (state, digest) = (MD5_CTX(), [UInt8](repeating: 0, count: 16))
      MD5Init(&state)
      try each { MD5Update(&state, $0.baseAddress, $0.count) }
      MD5Final(&digest, &state)
      return .md5(digits(digest))
    case .sha256:
      var (state, digest) = (SHA2_CTX(), [UInt8](repeating: 0, count: 32))
      SHA256Init(&state)
      try each { SHA256Update(&state, $0.baseAddress, $0.count) }
      SHA256Final(&digest, &state)
      return .sha256(digits(digest))
    }
  }
}

/// How large a published file is, as exactly as its publisher says it.
public enum PublishedSize: Sendable, Hashable {
  /// The exact number of bytes.
  case bytes(Int)
  /// A size in units of 2^20 bytes, rounded to three decimals, as torchvision has it.
  case mebibytes(Double)

  /// Whether a file of so many bytes can be it.
  func holds(_ bytes: Int) -> Bool {
    switch self {
    case .bytes(let size): bytes == size
    case .mebibytes(let size): abs(Double(bytes) / 1_048_576 - size) <= 0.000_501
    }
  }

  /// About how many bytes it has.
  public var bytes: Int {
    switch self {
    case .bytes(let size): size
    case .mebibytes(let size): Int(clamping: (size * 1_048_576).rounded())
    }
  }
}

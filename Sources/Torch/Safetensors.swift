import CDeflate
import Files
import Formatting
import Foundation
import Numbers

/// Named tensors in one file, in the safetensors format.
///
/// The file is a length (8 bytes, little-endian), a JSON header of that length, and the tensors'
/// bytes in the header's order.
///
/// - Source: the safetensors format, https://github.com/huggingface/safetensors.
public enum Safetensors {
  /// What a file's header says of one tensor.
  struct Entry: Codable, Equatable {
    var dtype: String
    var shape: [Int]
    var data_offsets: [Int]
  }

  /// Writes tensors in this order, and words about them, to a file that is whole or not there.
  ///
  /// - Parameter isChecked: whether the metadata get checksums of the tensors' bytes and of themselves, which readers
  ///   compare.
  /// - Throws: `FileError`.
  public static func write(
    _ tensors: [(String, Tensor)], metadata: [String: String] = [:], isChecked: Bool = false,
    to file: URL
  ) throws {
    var metadata = metadata
    if isChecked {
      let checksum = tensors.reduce(0) { before, tensor in
        bytes(of: tensor.1).checksum(after: before)
      }
      metadata[metadataChecksumKey] = text(Self.checksum(of: metadata))
      metadata[checksumKey] = text(checksum)
    }
    try AtomicFile.write(to: file) { try write(tensors, metadata: metadata, to: $0) }
  }

  /// Writes tensors in this order, and words about them, to what is open.
  ///
  /// - Throws: `FileError`; what was written is then not whole.
  public static func write(
    _ tensors: [(String, Tensor)], metadata: [String: String] = [:], to writer: FileWriter
  ) throws {
    try write(tensors, metadata: metadata) { try writer.write($0) }
  }

  /// Returns the bytes of such a file.
  public static func data(
    _ tensors: [(String, Tensor)], metadata: [String: String] = [:]
  ) throws -> Data {
    var data = Data()
    try write(tensors, metadata: metadata) { data += $0 }
    return data
  }

  private static func write(
    _ tensors: [(String, Tensor)], metadata: [String: String], _ put: (Data) throws -> Void
  ) throws {
    var entries: [String: Entry] = [:]
    var offset = 0
    for (name, tensor) in tensors {
      let length = tensor.count * tensor.type.byteCount
      entries[name] = Entry(
        dtype: tensor.type.safetensorsName, shape: tensor.shape,
        data_offsets: [offset, offset + length])
      offset += length
    }
    let header = try header(entries, metadata)
    try put(withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) })
    try put(header)
    for (_, tensor) in tensors { try put(bytes(of: tensor)) }
  }

  private static func bytes(of tensor: Tensor) -> Data {
    var bytes = Data(count: tensor.count * tensor.type.byteCount)
    bytes.withUnsafeMutableBytes { _ = tensor.copy(into: $0) }
    return bytes
  }

  /// Where the metadata have the CRC-32 of everything behind the header, in hexadecimal digits.
  private static let checksumKey = "crc32"
  /// Where the metadata have the CRC-32 of their other entries.
  private static let metadataChecksumKey = "metadata_crc32"

  /// The CRC-32 of a line for each entry, `key=value`, in the order of the keys.
  private static func checksum(of metadata: [String: String]) -> UInt32 {
    let lines = metadata.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)\n" }
    return Data(lines.joined().utf8).checksum()
  }

  private static func text(_ checksum: UInt32) -> String {
    let digits = String(checksum, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  /// Reads all tensors of a file, onto the CPU, and its metadata but for the checksum, which is compared.
  ///
  /// - Throws: `SafetensorsError` if the file is not there, cut short, its header lies, or its checksum is
  ///   another.
  public static func read(
    _ file: URL
  ) throws -> (tensors: [String: Tensor], metadata: [String: String]) {
    let data = try map(file)
    return try read(data, file: file.path) { offset, shape, type in
      data.withUnsafeBytes {
        Tensor(copying: UnsafeRawBufferPointer(rebasing: $0[offset...]), shape: shape, type: type)
      }
    }
  }

  /// Reads all tensors of a file as `read(_:)` does.
  ///
  /// - Parameter makeTensor: makes a tensor of what begins at a byte of the file.
  static func read(
    _ data: Data, file: String, makeTensor: (Int, [Int], DataType) -> Tensor
  ) throws -> (tensors: [String: Tensor], metadata: [String: String]) {
    var (entries, metadata, start) = try readHeader(data, file: file)
    if let written = metadata.removeValue(forKey: checksumKey),
      written != text(data[start...].checksum())
    {
      throw SafetensorsError.wrongChecksum(file)
    }
    var tensors: [String: Tensor] = [:]
    try checked {
      for (name, entry) in entries {
        guard let type = DataType(safetensorsName: entry.dtype) else {
          throw SafetensorsError.unknownType(file, tensor: name, type: entry.dtype)
        }
        tensors[name] = makeTensor(start + entry.data_offsets[0], entry.shape, type)
      }
    }
    return (tensors, metadata)
  }

  /// Reads a file's metadata alone.
  ///
  /// - Throws: `SafetensorsError` if the file is not there, cut short, or its header lies.
  public static func readMetadata(_ file: URL) throws -> [String: String] {
    try readHeader(map(file), file: file.path).metadata.filter { $0.key != checksumKey }
  }

  /// Reads the names of a file's tensors alone.
  ///
  /// - Throws: `SafetensorsError` if the file is not there, cut short, or its header lies.
  public static func readNames(_ file: URL) throws -> Set<String> {
    Set(try readHeader(map(file), file: file.path).entries.keys)
  }

  private static func map(_ file: URL) throws -> Data {
    let data = try TensorBytes(mapping: file).data
    if let format = UnsupportedFormat(data) {
      throw SafetensorsError.otherFormat(file.path, format)
    }
    return data
  }

  // MARK: The header

  private static let metadataKey = "__metadata__"

  private static func header(
    _ entries: [String: Entry], _ metadata: [String: String]
  ) throws -> Data {
    var object: [String: HeaderValue] = entries.mapValues { .tensor($0) }
    if !metadata.isEmpty { object[metadataKey] = .metadata(metadata) }
    var header = try JSONText.data(object)
    // Spaces bring the tensors to a multiple of 8 bytes, so that mapped files are aligned.
    header.append(Data(repeating: 0x20, count: (8 - header.count % 8) % 8))
    return header
  }

  private enum HeaderValue: Codable {
    case tensor(Entry)
    case metadata([String: String])

    init(from decoder: any Decoder) throws {
      if let entry = try? Entry(from: decoder) {
        self = .tensor(entry)
      } else {
        self = .metadata(try [String: String](from: decoder))
      }
    }

    func encode(to encoder: any Encoder) throws {
      switch self {
      case .tensor(let entry): try entry.encode(to: encoder)
      case .metadata(let metadata): try metadata.encode(to: encoder)
      }
    }
  }

  private static func readHeader(
    _ data: Data, file: String
  ) throws -> (entries: [String: Entry], metadata: [String: String], start: Int) {
    guard data.count >= 8 else {
      throw SafetensorsError.badHeader(file, "it has \(data.count) bytes, too few for a header")
    }
    let length = data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(data.count - 8) else {
      throw SafetensorsError.badHeader(
        file, "its header claims \(length) bytes, the whole file has \(data.count)")
    }
    let start = 8 + Int(length)
    let object: [String: HeaderValue]
    do {
      object = try JSONText.read([String: HeaderValue].self, from: data[8..<start])
    } catch {
      throw SafetensorsError.badHeader(file, "its header is not the JSON of safetensors")
    }
    var entries: [String: Entry] = [:]
    var metadata: [String: String] = [:]
    for (name, value) in object {
      switch value {
      case .tensor(let entry): entries[name] = entry
      case .metadata(let words) where name == metadataKey: metadata = words
      case .metadata: throw SafetensorsError.badHeader(file, "'\(name)' describes no tensor")
      }
    }
    if let written = metadata.removeValue(forKey: metadataChecksumKey),
      written != text(checksum(of: metadata.filter { $0.key != checksumKey }))
    {
      throw SafetensorsError.badHeader(
        file, "its metadata are not those that were written (metadata_crc32)")
    }
    try check(entries, room: data.count - start, file: file)
    return (entries, metadata, start)
  }

  /// Checks that the tensors lie one after another, whole, without gaps or overlaps, to the end.
  private static func check(_ entries: [String: Entry], room: Int, file: String) throws {
    var end = 0
    let inOrder = entries.sorted {
      ($0.value.data_offsets.first ?? 0, $0.value.data_offsets.last ?? 0)
        < ($1.value.data_offsets.first ?? 0, $1.value.data_offsets.last ?? 0)
    }
    for (name, entry) in inOrder {
      guard entry.data_offsets.count == 2, entry.data_offsets[0] == end,
        entry.data_offsets[1] >= end
      else {
        throw SafetensorsError.badHeader(
          file, "'\(name)' lies at \(entry.data_offsets), but the bytes before it end at \(end)")
      }
      end = entry.data_offsets[1]
      guard end <= room else {
        throw SafetensorsError.badHeader(
          file, "'\(name)' ends at byte \(end), but the file has only \(room): it is truncated")
      }
      guard let type = DataType(safetensorsName: entry.dtype) else { continue }
      var needed = type.byteCount
      for size in entry.shape {
        let (product, overflow) = needed.multipliedReportingOverflow(by: size)
        guard size >= 0, !overflow else {
          throw SafetensorsError.badHeader(
            file, "'\(name)' has the impossible shape \(entry.shape)")
        }
        needed = product
      }
      guard needed == end - entry.data_offsets[0] else {
        throw SafetensorsError.badHeader(
          file,
          "'\(name)' of shape \(entry.shape) needs \(needed) bytes, the header gives it "
            + "\(end - entry.data_offsets[0])")
      }
    }
    guard end == room else {
      throw SafetensorsError.badHeader(file, "\(room - end) bytes follow the last tensor")
    }
  }
}

extension Data {
  /// The CRC-32 of other bytes and these behind them.
  fileprivate func checksum(after before: UInt32 = 0) -> UInt32 {
    withUnsafeBytes { libdeflate_crc32(before, $0.baseAddress, $0.count) }
  }
}

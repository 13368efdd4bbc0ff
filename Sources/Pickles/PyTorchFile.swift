import Foundation
import Numbers

/// Where the bytes of a storage lie.
public enum StoredBytes: Sendable {
  /// The bytes lie in the file, at this range.
  case inFile(Range<Int>)
  /// The bytes were compressed in the archive, and have been unpacked.
  case unpacked([UInt8])

  /// The number of bytes.
  public var count: Int {
    switch self {
    case .inFile(let range): range.count
    case .unpacked(let bytes): bytes.count
    }
  }
}

/// A tensor of a file: where its elements lie.
///
/// All of them lie within its storage.
public struct StoredTensor: Sendable {
  /// The type of the elements.
  public let type: ElementType
  /// The length of each dimension.
  public let shape: [Int]
  /// The elements from one to the next of each dimension.
  public let strides: [Int]
  /// The number of its storage in the file's list.
  public let storage: Int
  /// Where in the storage the first element begins, in bytes.
  public let offset: Int
}

/// A file that `torch.save` wrote, as a zip archive or, before PyTorch 1.6, as bare pickles.
///
/// Its pickle is read without running anything: what is no tensor, container, number or text is refused by its name.
/// The tensors of nested dicts have the names of the dicts before their own, with dots between them.
///
///     let file = try PyTorchFile(data, name: "weights.pth")
///     file.tensors["state_dict.conv1.weight"]?.shape    // [64, 3, 7, 7]
///
/// - Source: torch/serialization.py and torch/_weights_only_unpickler.py.
public struct PyTorchFile: Sendable {
  /// The tensors by their names.
  public let tensors: [String: StoredTensor]
  /// The storages that the tensors lie in.
  public let storages: [StoredBytes]

  /// Reads what is in a file; the tensors' bytes stay where they are.
  ///
  /// - Throws: `PyTorchFileError`.
  public init(_ data: Data, name: String) throws {
    do {
      (tensors, storages) = try data.withUnsafeBytes { bytes in
        let contents =
          bytes.starts(with: Array("PK".utf8)) ? try zipped(bytes) : try bare(bytes)
        // Storages may be shared, and so tensors have more bytes than the file, but not without end.
        let most = bytes.count.multipliedOrMax(by: 16).addingOrMax(slack)
        return (try contents.tensors(maximumBytes: most), contents.storages)
      }
    } catch let fault as PyTorchFault {
      throw PyTorchFileError(file: name, fault: fault)
    }
  }
}

/// What a small file may take beyond so many times its own bytes.
private let slack = 1 << 20

/// Reads an archive: `NAME/data.pkl`, and a storage in each `NAME/data/KEY`.
private func zipped(_ bytes: UnsafeRawBufferPointer) throws -> PyTorchContents {
  let archive = try ZipArchive(bytes)
  guard let first = archive.names.first, let slash = first.firstIndex(of: "/") else {
    throw PyTorchFault.notPyTorch
  }
  let folder = first[...slash]
  guard archive.entries[folder + "constants.pkl"] == nil else { throw PyTorchFault.torchScript }
  guard let pickle = archive.entries[folder + "data.pkl"] else { throw PyTorchFault.notPyTorch }
  var room = bytes.count.multipliedOrMax(by: 4).addingOrMax(slack)
  if let order = archive.entries[folder + "byteorder"] {
    let isLittle = try archive.content(of: order, room: &room).withBytes(of: bytes) {
      $0.starts(with: Array("little".utf8))
    }
    guard isLittle else { throw PyTorchFault.bigEndian }
  }
  var machine = PickleMachine()
  let root = try archive.content(of: pickle, room: &room).withBytes(of: bytes) { pickle in
    var reader = ByteReader(pickle, in: 0..<pickle.count)
    return try machine.run(&reader)
  }
  var contents = try PyTorchContents(machine: machine, root: root)
  try contents.place { key in
    guard let entry = archive.entries[folder + "data/" + key] else {
      throw PyTorchFault.damaged("the storage '\(shown(key))' is missing")
    }
    return try archive.content(of: entry, room: &room)
  }
  return contents
}

/// What `torch.save` wrote first before 1.6.
private let magic: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]

/// Reads the pickles of a magic number, the version, the machine, the tensors and the storages' keys, after which the
/// storages follow in this order, each behind its number of elements.
private func bare(_ bytes: UnsafeRawBufferPointer) throws -> PyTorchContents {
  var reader = ByteReader(bytes, in: 0..<bytes.count)
  var header = PickleMachine()
  guard bytes.first == 0x80 else { throw PyTorchFault.notPyTorch }
  guard case .largeInteger(magic) = try header.run(&reader) else { throw PyTorchFault.notPyTorch }
  guard case .integer(1001) = try header.run(&reader) else {
    throw PyTorchFault.damaged("it has another version than 1001")
  }
  guard case .dict(let number) = try header.run(&reader) else {
    throw PyTorchFault.damaged("it does not say what machine wrote it")
  }
  for case (.text("little_endian"), .bool(false)) in header.dicts[number] {
    throw PyTorchFault.bigEndian
  }
  var machine = PickleMachine()
  let root = try machine.run(&reader)
  var contents = try PyTorchContents(machine: machine, root: root)
  var keys = PickleMachine()
  guard case .list(let list) = try keys.run(&reader) else {
    throw PyTorchFault.damaged("it has no list of storages")
  }
  let types = Dictionary(
    contents.machine.storages.map { ($0.key, $0.type) }, uniquingKeysWith: { first, _ in first })
  var ranges: [String: Range<Int>] = [:]
  for value in keys.sequences[list] {
    let key: String
    switch value {
    case .text(let text): key = text
    case .integer(let number): key = "\(number)"
    default: throw PyTorchFault.damaged("a storage has no name")
    }
    guard let type = types[key] else {
      throw PyTorchFault.damaged("the storage '\(shown(key))' belongs to no tensor")
    }
    guard let element = ElementType(rawValue: type) else {
      throw PyTorchFault.unknownType(tensor: contents.name(ofStorage: key), type: type)
    }
    let count = try reader.length(Int64.self)
    let start = reader.position
    _ = try reader.take(count.multipliedOrMax(by: element.byteCount))
    ranges[key] = start..<reader.position
  }
  try contents.place { key in
    guard let range = ranges[key] else {
      throw PyTorchFault.damaged("the storage '\(shown(key))' is missing")
    }
    return .inFile(range)
  }
  return contents
}

extension StoredBytes {
  fileprivate func withBytes<Result>(
    of file: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    switch self {
    case .inFile(let range): try body(UnsafeRawBufferPointer(rebasing: file[range]))
    case .unpacked(let bytes): try bytes.withUnsafeBytes(body)
    }
  }
}

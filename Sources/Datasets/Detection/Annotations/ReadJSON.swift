import CYajl
import Foundation

/// Reads arrays of records out of a JSON file, one record after another.
///
/// The file is read in pieces, so that memory does not grow with it. Several tables lie under keys of
/// the outermost object; a single one without a name is the outermost array.
///
/// - Throws: `DataError.unreadable`; `AnnotationError` with the byte, or the path to the field.
func readJSON(_ path: String, tables: [JSONTable]) throws {
  guard let file = FileHandle(forReadingAtPath: path) else {
    throw DataError.unreadable(file: path, reason: "it does not exist or is not readable")
  }
  defer { try? file.close() }
  let parser = UnsafeMutablePointer<JSONTableParser>.allocate(capacity: 1)
  parser.initialize(to: JSONTableParser(file: path, tables: tables))
  defer {
    parser.deinitialize(count: 1)
    parser.deallocate()
  }
  var callbacks = jsonCallbacks
  guard let handle = yajl_alloc(&callbacks, nil, parser) else {
    throw DataError.unreadable(file: path, reason: "there is no memory to read it")
  }
  defer { yajl_free(handle) }

  let piece = 1 << 20
  var passed = 0
  while true {
    // Without a pool, each piece would live until the program's end on a Mac.
    var data = try autoreleasing { try bytes(of: file, upToCount: piece, path: path) }
    if passed == 0 { passed = try removeMark(from: &data, path) }
    let status = data.withUnsafeBytes { raw in
      let bytes = raw.bindMemory(to: UInt8.self)
      return bytes.isEmpty
        ? yajl_complete_parse(handle) : yajl_parse(handle, bytes.baseAddress, bytes.count)
    }
    if let failure = parser.pointee.failure { throw failure }
    guard status == yajl_status_ok else {
      let byte = data.isEmpty ? passed : passed + yajl_get_bytes_consumed(handle)
      throw AnnotationError.syntax(
        file: path, location: "byte \(byte), at \(parser.pointee.path)",
        reason: data.isEmpty
          ? passed == 0 ? "it is empty" : "it is truncated" : reason(handle, data, byte - passed))
    }
    if data.isEmpty { return try parser.pointee.finish() }
    passed += data.count
  }
}

/// Takes a byte-order mark from a file's beginning, and returns how many bytes that were.
///
/// - Throws: `AnnotationError.syntax` for UTF-16.
private func removeMark(from data: inout Data, _ path: String) throws -> Int {
  if data.starts(with: [0xFF, 0xFE]) || data.starts(with: [0xFE, 0xFF]) {
    throw AnnotationError.syntax(
      file: path, location: "byte 0", reason: "it is UTF-16; save it as UTF-8")
  }
  guard data.starts(with: [0xEF, 0xBB, 0xBF]) else { return 0 }
  data = Data(data.dropFirst(3))
  return 3
}

private func bytes(of file: FileHandle, upToCount count: Int, path: String) throws -> Data {
  do { return try file.read(upToCount: count) ?? Data() } catch {
    throw DataError.unreadable(file: path, reason: "reading it failed (is it a folder?)")
  }
}

#if canImport(ObjectiveC)
  private func autoreleasing<Value>(_ body: () throws -> Value) rethrows -> Value {
    try autoreleasepool(invoking: body)
  }
#else
  private func autoreleasing<Value>(_ body: () throws -> Value) rethrows -> Value { try body() }
#endif

/// Says why the parser stopped: its own words, or that a number is none.
private func reason(_ handle: yajl_handle, _ data: Data, _ offset: Int) -> String {
  let rest = String(decoding: data.dropFirst(max(0, offset - 2)).prefix(11), as: UTF8.self)
  for word in ["-Infinity", "Infinity", "NaN"] where rest.contains(word) {
    return "\(word) is not a number in JSON"
  }
  guard let words = yajl_get_error(handle, 0, nil, 0) else { return "it is not JSON" }
  defer { yajl_free_error(handle, words) }
  return "it is not JSON ("
    + String(cString: words).trimmingCharacters(in: .whitespacesAndNewlines) + ")"
}

/// The parser behind yajl's context pointer; the pointer is `readJSON`'s own and outlives the parse.
private func parser(_ context: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<JSONTableParser>? {
  context?.assumingMemoryBound(to: JSONTableParser.self)
}

private func event(
  _ context: UnsafeMutableRawPointer?, _ body: (inout JSONTableParser) -> Bool
) -> Int32 {
  guard let parser = parser(context) else { return 0 }
  return body(&parser.pointee) ? 1 : 0
}

private let jsonCallbacks = yajl_callbacks(
  yajl_null: { event($0) { $0.null() } },
  yajl_boolean: { context, value in event(context) { $0.boolean(value != 0) } },
  yajl_integer: nil, yajl_double: nil,
  yajl_number: { context, text, length in
    guard let text else { return 0 }
    return text.withMemoryRebound(to: UInt8.self, capacity: length) { bytes in
      event(context) { $0.number(UnsafeBufferPointer(start: bytes, count: length)) }
    }
  },
  yajl_string: { context, text, length in
    event(context) { $0.text(UnsafeBufferPointer(start: text, count: length)) }
  },
  yajl_start_map: { event($0) { $0.startObject() } },
  yajl_map_key: { context, text, length in
    event(context) { $0.key(UnsafeBufferPointer(start: text, count: length)) }
  },
  yajl_end_map: { event($0) { $0.endObject() } },
  yajl_start_array: { event($0) { $0.startArray() } },
  yajl_end_array: { event($0) { $0.endArray() } })

/// Follows a JSON file's events, keeps the wanted fields of the record at hand, and knows where it is.
///
/// Every event returns whether to continue; `failure` says why not.
struct JSONTableParser {
  let file: String
  private let tables: [JSONTable]
  private let names: [[[UInt8]]]
  /// Whether the arrays lie in an outermost object, rather than the array being outermost itself.
  private let isKeyed: Bool
  private var records: [JSONRecord]
  private var seen: [Bool]

  /// Containers that are open.
  private var depth = 0
  /// The table whose array is open or about to be, and the field that is; -1 for none.
  private var table = -1
  private var field = -1
  /// Whether the table's array is open.
  private var isOpen = false
  /// Records of the open table that have begun.
  private var count = 0
  /// Numbers of the open list; -1 where none is open.
  private var listed = -1
  /// Why the reading cannot continue.
  private(set) var failure: (any Error)?

  init(file: String, tables: [JSONTable]) {
    self.file = file
    self.tables = tables
    names = tables.map { $0.fields.map { Array($0.name.utf8) } }
    isKeyed = tables.allSatisfy { $0.name != nil }
    records = tables.map { JSONRecord(fields: $0.fields.count) }
    seen = tables.map { _ in false }
    if !isKeyed { table = 0 }
  }

  /// The number of open containers while a record's own fields are read.
  private var recordDepth: Int { isKeyed ? 3 : 2 }

  /// Where the parser is, such as `annotations[12].bbox[2]`.
  var path: String {
    guard table >= 0 else { return "the outermost value" }
    var path = tables[table].name ?? ""
    guard isOpen else { return path.isEmpty ? "the outermost value" : path }
    path += "[\(max(0, depth >= recordDepth ? count - 1 : count))]"
    if depth >= recordDepth, field >= 0 { path += "." + tables[table].fields[field].name }
    if listed >= 0 { path += "[\(listed)]" }
    return path
  }

  /// Throws for a table that the file does not have.
  func finish() throws {
    if let failure { throw failure }
    for (table, seen) in zip(tables, seen) where !seen {
      throw AnnotationError.missing(file: file, field: table.name ?? "the list")
    }
  }

  // MARK: Events

  mutating func startObject() -> Bool {
    if depth == 0, !isKeyed { return refuse("an object", wanted: "a list") }
    if table >= 0 {
      if depth == recordDepth - 1 {
        records[table].clear(index: count)
        count += 1
        field = -1
      } else if !isOpen || isWanted {
        return refuse("an object")
      }
    }
    depth += 1
    return true
  }

  mutating func endObject() -> Bool {
    depth -= 1
    guard isOpen, depth == recordDepth - 1 else { return true }
    let record = records[table]
    for (position, wanted) in tables[table].fields.enumerated()
    where wanted.isRequired && !record.isThere[position] {
      failure = AnnotationError.missing(
        file: file, field: "\(tables[table].name ?? "")[\(count - 1)].\(wanted.name)")
      return false
    }
    do { try tables[table].take(record) } catch {
      failure = error
      return false
    }
    return true
  }

  mutating func key(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
    if depth == 1, isKeyed {
      table = tables.firstIndex { $0.name.map { $0.utf8.elementsEqual(name) } ?? false } ?? -1
      // Programs differ in which of two they take, or join them.
      if table >= 0, seen[table] { return refuseTwice() }
    } else if isOpen, depth == recordDepth {
      field = names[table].firstIndex { $0.elementsEqual(name) } ?? -1
      if field >= 0, records[table].isThere[field] { return refuseTwice() }
    }
    return true
  }

  mutating func startArray() -> Bool {
    if depth == 0, isKeyed { return refuse("a list", wanted: "an object") }
    if table >= 0 {
      if !isOpen {
        isOpen = true
        count = 0
      } else if depth == recordDepth - 1 {
        return refuse("a list", wanted: "an object")
      } else if isWanted {
        guard listed < 0, case .numbers = tables[table].fields[field].kind else {
          return refuse("a list")
        }
        listed = 0
      }
    }
    depth += 1
    return true
  }

  mutating func endArray() -> Bool {
    depth -= 1
    if listed >= 0, depth == recordDepth {
      let length = listed
      listed = -1
      if case .numbers(let wanted) = tables[table].fields[field].kind, length != wanted {
        guard length == 0, tables[table].fields[field].mayBeEmpty else { return refuse("a list of \(length)") }
        for position in 0..<min(wanted, 4) { records[table].set(field, number: 0, position: position) }
      }
      field = -1
    } else if isOpen, depth == recordDepth - 2 {
      seen[table] = true
      isOpen = false
      if isKeyed { table = -1 }
    }
    return true
  }

  mutating func number(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    guard isWanted else { return refuseIfRecord("a number") }
    let number = JSONNumber(text)
    switch (tables[table].fields[field].kind, listed) {
    case (.numbers(let wanted), let position) where position >= 0:
      guard number.value.isFinite else { return refuse(quoted(text), wanted: "a finite number") }
      if position < min(wanted, 4) {
        records[table].set(field, number: number.value, position: position)
      }
      listed += 1
    case (.number, _):
      guard number.value.isFinite else { return refuse(quoted(text)) }
      records[table].set(field, number: number.value)
    case (.integer, _):
      guard let integer = number.integer else { return refuse(quoted(text)) }
      records[table].set(field, integer: integer)
    case (.flag, _):
      guard let integer = number.integer, (0...1).contains(integer) else {
        return refuse(quoted(text))
      }
      records[table].set(field, integer: integer)
    default: return refuse(quoted(text))
    }
    return true
  }

  mutating func text(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    guard isWanted else { return refuseIfRecord("a text") }
    guard case .text = tables[table].fields[field].kind else {
      return refuse("the string \"\(quoted(text))\"")
    }
    records[table].set(field, text: String(decoding: text, as: UTF8.self))
    return true
  }

  mutating func boolean(_ value: Bool) -> Bool {
    guard isWanted else { return refuseIfRecord("\(value)") }
    guard case .flag = tables[table].fields[field].kind else { return refuse("\(value)") }
    records[table].set(field, integer: value ? 1 : 0)
    return true
  }

  mutating func null() -> Bool {
    guard isWanted else { return refuseIfRecord("null") }
    return tables[table].fields[field].isRequired || listed >= 0 ? refuse("null") : true
  }

  // MARK: What is wanted here

  /// Whether the value that begins here is, or belongs to, a wanted field of a record.
  private var isWanted: Bool {
    isOpen && field >= 0 && (depth == recordDepth || listed >= 0)
  }

  private func quoted(_ text: UnsafeBufferPointer<UInt8>) -> String {
    String(decoding: text.prefix(40), as: UTF8.self) + (text.count > 40 ? "..." : "")
  }

  /// Refuses a value that stands where an array or a record has to be; skips any other.
  private mutating func refuseIfRecord(_ found: String) -> Bool {
    if depth == 0 { return refuse(found, wanted: isKeyed ? "an object" : "a list") }
    guard table >= 0, depth < recordDepth else { return true }
    return refuse(found, wanted: isOpen ? "an object" : "a list")
  }

  private mutating func refuseTwice() -> Bool {
    failure = AnnotationError.duplicate(
      file: file, field: path, what: "the key is written two times; remove one")
    return false
  }

  private mutating func refuse(_ found: String, wanted: String? = nil) -> Bool {
    let kind =
      field >= 0 && isOpen
      ? listed >= 0 ? "a finite number" : tables[table].fields[field].kind.expected : "a list"
    failure = AnnotationError.wrongKind(
      file: file, field: path, found: found, wanted: wanted ?? kind)
    return false
  }
}

/// An array of records in a JSON file, and what is wanted of each record.
///
/// Fields that are not wanted are skipped unread, however large they are.
struct JSONTable {
  /// A field of a record.
  struct Field {
    /// What a field's value must be.
    enum Kind {
      /// A whole number.
      case integer
      /// A finite number.
      case number
      /// A list of this many finite numbers, at most four.
      case numbers(Int)
      /// A string.
      case text
      /// True or false, or 1 or 0.
      case flag

      /// What the kind is called in an error.
      var expected: String {
        switch self {
        case .integer: "a whole number"
        case .number: "a finite number"
        case .numbers(let count): "a list of \(count) numbers"
        case .text: "a text"
        case .flag: "0 or 1"
        }
      }
    }

    let name: String
    let kind: Kind
    var isRequired = true
    /// Whether a list without a number counts as one of zeros.
    var mayBeEmpty = false
  }

  /// The key in the file's outermost object; nil where the array is itself the outermost.
  let name: String?
  let fields: [Field]
  /// Called with each record; what it throws ends the reading.
  let take: (JSONRecord) throws -> Void
}

/// One record's values, by the places of their fields in the table; valid until the next record.
struct JSONRecord {
  /// Which record of the table it is, from 0.
  var index = 0
  /// Which fields have a value.
  fileprivate(set) var isThere: [Bool]
  private var integers: [Int]
  private var numbers: [Double]
  private var texts: [String]

  init(fields: Int) {
    isThere = Array(repeating: false, count: fields)
    integers = Array(repeating: 0, count: fields)
    numbers = Array(repeating: 0, count: fields * 4)
    texts = Array(repeating: "", count: fields)
  }

  mutating func clear(index: Int) {
    self.index = index
    for field in isThere.indices { isThere[field] = false }
  }

  mutating func set(_ field: Int, integer: Int) {
    integers[field] = integer
    isThere[field] = true
  }

  mutating func set(_ field: Int, number: Double, position: Int = 0) {
    numbers[field * 4 + position] = number
    isThere[field] = true
  }

  mutating func set(_ field: Int, text: String) {
    texts[field] = text
    isThere[field] = true
  }

  func integer(_ field: Int) -> Int? { isThere[field] ? integers[field] : nil }
  func number(_ field: Int, position: Int = 0) -> Double? {
    isThere[field] ? numbers[field * 4 + position] : nil
  }
  func text(_ field: Int) -> String? { isThere[field] ? texts[field] : nil }
  func flag(_ field: Int) -> Bool { isThere[field] && integers[field] != 0 }
}

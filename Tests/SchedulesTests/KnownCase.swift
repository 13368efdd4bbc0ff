import Foundation
import Schedules
import Testing

/// A schedule of another system with its settings and what it gave, update by update.
///
/// Written by `Scripts/fixtures/schedule_fixtures.py`.
struct KnownCase: Decodable {
  private enum Value: Decodable {
    case number(Double)
    case flag(Bool)
    case word(String)
    case numbers([Double])
    case nothing

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if container.decodeNil() {
        self = .nothing
      } else if let flag = try? container.decode(Bool.self) {
        self = .flag(flag)
      } else if let number = try? container.decode(Double.self) {
        self = .number(number)
      } else if let word = try? container.decode(String.self) {
        self = .word(word)
      } else {
        self = .numbers(try container.decode([Double].self))
      }
    }
  }

  private let values: [String: Value]

  init(from decoder: any Decoder) throws {
    values = try decoder.singleValueContainer().decode([String: Value].self)
  }

  static func all(_ file: String) throws -> [KnownCase] {
    let url = try #require(
      Bundle.module.url(forResource: file, withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode([KnownCase].self, from: Data(contentsOf: url))
  }

  /// The cases of one scheduler; a test of none would pass without having tested anything.
  static func all(_ file: String, _ scheduler: String, atLeast count: Int) throws -> [KnownCase] {
    let cases = try all(file).filter { try $0.word("scheduler") == scheduler }
    #expect(cases.count >= count, "\(scheduler)")
    return cases
  }

  func number(_ key: String) throws -> Double {
    guard case .number(let number)? = values[key] else { throw Missing(key: key) }
    return number
  }

  func integer(_ key: String) throws -> Int { Int(try number(key)) }

  func optionalInteger(_ key: String) -> Int? {
    if case .number(let number)? = values[key] { Int(number) } else { nil }
  }

  func word(_ key: String) throws -> String {
    guard case .word(let word)? = values[key] else { throw Missing(key: key) }
    return word
  }

  func flag(_ key: String) throws -> Bool {
    guard case .flag(let flag)? = values[key] else { throw Missing(key: key) }
    return flag
  }

  func integers(_ key: String) throws -> [Int] {
    guard case .numbers(let numbers)? = values[key] else { throw Missing(key: key) }
    return numbers.map { Int($0) }
  }

  /// Numbers that were kept as base64 of little-endian doubles.
  func packed(_ key: String) throws -> [Double] {
    guard let data = Data(base64Encoded: try word(key)) else { throw Missing(key: key) }
    return stride(from: 0, to: data.count, by: 8).map { start in
      let bits = data[start..<start + 8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      return Double(bitPattern: bits)
    }
  }

  var description: String { "\(values.filter { $0.key != "rates" && $0.key != "momenta" })" }

  struct Missing: Error { let key: String }
}

/// Compares a schedule with what was given, to 1e-12 of the highest value.
func expectAgreement(
  _ schedule: some Schedule, _ known: [Double], _ words: @autoclosure () -> String,
  tolerance: Double = 1e-12, sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(!known.isEmpty, sourceLocation: sourceLocation)
  let allowed = tolerance * (known.max() ?? 1)
  guard
    // What is NaN agrees with nothing.
    let step = known.indices.first(where: { !(abs(schedule.value(at: $0) - known[$0]) <= allowed) })
  else { return }
  Issue.record(
    "\(schedule.value(at: step)) instead of \(known[step]) at update \(step): \(words())",
    sourceLocation: sourceLocation)
}

import ArgumentParser
import Foundation
import Words

/// A flag's value that is known by name, in any spelling.
protocol NamedArgument: ExpressibleByArgument, RawRepresentable, CaseIterable
where RawValue == String {}

extension NamedArgument {
  public init?(argument: String) {
    guard let name = spelled(argument, among: Self.allCases.map(\.rawValue)) else { return nil }
    self.init(rawValue: name)
  }
}

/// How a command's answer is printed on standard output.
enum OutputFormat: String, NamedArgument {
  case text, json
}

/// Values as JSON text.
enum JSON {
  /// Returns a value as one line with sorted keys.
  static func line(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}

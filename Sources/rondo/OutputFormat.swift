import ArgumentParser
import Formatting

/// A flag's value that is known by name, in any spelling.
protocol NamedArgument: ExpressibleByArgument, RawRepresentable, CaseIterable
where RawValue == String {}

extension NamedArgument {
  /// Finds a value by its name.
  public init?(argument: String) {
    guard let name = spelled(argument, among: Self.allCases.map(\.rawValue)) else { return nil }
    self.init(rawValue: name)
  }
}

/// How a command's result is printed on standard output.
enum OutputFormat: String, NamedArgument {
  case text, json
}

import ArgumentParser

/// How a command's answer is printed on standard output.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  case text, json
}

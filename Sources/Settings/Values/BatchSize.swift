import Numbers

/// How many images a batch has: a number, or as many as memory holds up to the default.
public enum BatchSize: Sendable, Hashable {
  /// This number of images.
  case images(Int)
  /// The default, or parts of it that fit into memory.
  case auto

  /// The number; nil where it is to be measured.
  public var images: Int? {
    if case .images(let count) = self { count } else { nil }
  }
}

extension BatchSize: ExpressibleByIntegerLiteral {
  /// Takes a number.
  public init(integerLiteral value: Int) { self = .images(value) }
}

extension BatchSize: SettingRaw {
  /// Reads a number, or `auto`.
  public init?(texts: [String]) {
    switch texts.last?.lowercased() {
    case "auto": self = .auto
    case let text?:
      guard let count = Int(text) else { return nil }
      self = .images(count)
    case nil: return nil
    }
  }

  /// The value as the only text.
  public var texts: [String] { [images.map(String.init) ?? "auto"] }

  /// Reads a number, or `auto`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if (try? container.decode(String.self))?.lowercased() == "auto" {
      self = .auto
    } else {
      self = .images(try container.decode(Int.self))
    }
  }

  /// Writes the number, or `auto`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let images { try container.encode(images) } else { try container.encode("auto") }
  }

  /// What is expected, in words.
  public static var expected: String { "auto or a whole number" }
}

/// A setting of a batch size, which is a number in every run that is made.
public enum BatchSizeSetting: Settable {
  /// The type of what is typed.
  public typealias Given = BatchSize
  /// The type that a resolved run has.
  public typealias Resolved = Int
  /// The default, which `auto` begins with.
  static let defaultImages = 128

  /// Returns the number.
  public static func resolved(_ given: BatchSize?) -> Int? { given.map { $0.images ?? defaultImages } }
}

extension Setting where Value == BatchSizeSetting {
  /// Declares a setting that is a number in every resolved run.
  init(_ key: String, _ help: String, defaultDescription: String? = nil) {
    declaration = Declaration(
      key, flag: nil, help,
      AllowedValues<BatchSize>("at least 1") { ($0.images ?? 1) >= 1 },
      defaultValue: .images(BatchSizeSetting.defaultImages), defaultDescription: defaultDescription, for: nil,
      mayChange: false
    )
  }
}

import Numbers

/// The name of a device to compute on, whether it is here or not.
///
///     DeviceName("CUDA1")?.description     // "cuda:1"
public struct DeviceName: Sendable, Hashable {
  /// The kinds of device.
  public enum Kind: String, Sendable, CaseIterable {
    /// The fastest that is here.
    case auto
    /// The processor.
    case cpu
    /// An NVIDIA or AMD accelerator.
    case cuda
    /// Apple's accelerator.
    case mps
  }

  /// The kind of device.
  public let kind: Kind
  /// The number of the device among those of its kind, from 0.
  public let index: Int

  /// Names a device.
  public init(_ kind: Kind, index: Int = 0) { (self.kind, self.index) = (kind, index) }

  /// The fastest device that is here.
  public static let auto = DeviceName(.auto)
  /// The processor.
  public static let cpu = DeviceName(.cpu)
  /// What a name must look like.
  public static let expected =
    "cpu, cuda (an NVIDIA or AMD card), cuda:1 (the second one), mps (Apple's) or auto (the fastest here)"
}

extension DeviceName: LosslessStringConvertible {
  /// Reads a name in letters of any case: `cpu`, `cuda`, `cuda:1` (or `cuda1`), `mps` or `auto`.
  public init?(_ text: String) {
    guard let match = text.lowercased().wholeMatch(of: /([a-z]+)(?::?([0-9]+))?/),
      let kind = Kind(rawValue: String(match.1)), let index = match.2.map({ Int($0) }) ?? 0,
      kind != .auto || match.2 == nil
    else { return nil }
    self.init(kind, index: index)
  }

  /// The name, as LibTorch writes it; a machine has one processor and one accelerator of Apple's, without an index.
  public var description: String {
    kind == .cuda || index > 0 ? "\(kind.rawValue):\(index)" : kind.rawValue
  }
}

import CTorch
import Formatting
import Foundation
import Machine
import Numbers

/// Where tensors live and are computed with.
public struct Device: Sendable, Hashable {
  /// The kinds of device, numbered as c10 numbers them.
  public enum Kind: Int32, Sendable, CaseIterable {
    /// The processor.
    case cpu = 0
    /// An NVIDIA or AMD accelerator.
    case cuda = 1
    /// Apple's accelerator.
    case mps = 13
  }

  /// The kind of device.
  public let kind: Kind
  /// Which of its kind.
  public let index: Int

  /// The processor.
  public static let cpu = Device(kind: .cpu, index: 0)

  /// Creates a device without asking whether it is there.
  public init(kind: Kind, index: Int = 0) {
    self.kind = kind
    self.index = index
  }

  /// Creates the device of a name, as `DeviceName` reads it.
  ///
  /// - Throws: `DeviceError` for a word that names no device, or a device that is not here.
  public init(named word: String) throws {
    guard let name = DeviceName(word) else { throw DeviceError.unknown(word) }
    try self.init(named: name)
  }

  /// Creates the device of a name; of `auto` the fastest here.
  ///
  /// - Throws: `DeviceError` for a device that is not here.
  public init(named name: DeviceName) throws {
    switch name.kind {
    case .auto: self = Device.available.last ?? .cpu
    case .cpu: self.init(kind: .cpu, index: name.index)
    case .cuda: self.init(kind: .cuda, index: name.index)
    case .mps: self.init(kind: .mps, index: name.index)
    }
    guard isAvailable else {
      throw DeviceError.absent("\(name)", available: Device.available.map(\.name))
    }
  }

  /// The device's name, from which it is found again.
  public var deviceName: DeviceName {
    switch kind {
    case .cpu: DeviceName(.cpu, index: index)
    case .cuda: DeviceName(.cuda, index: index)
    case .mps: DeviceName(.mps, index: index)
    }
  }

  /// The device's name, as LibTorch writes it.
  public var name: String { "\(deviceName)" }

  /// Whether this machine and this LibTorch have it.
  public var isAvailable: Bool { index < Int(ct_device_count(kind.rawValue)) }

  /// Whether it multiplies bfloat16 by units of its own, so that bfloat16 is faster than float32.
  public var multipliesBFloat16: Bool {
    switch kind {
    case .cpu: Processor.multipliesBFloat16
    case .cuda: ct_cuda_multiplies_bfloat16()
    case .mps: false
    }
  }

  /// The devices of this machine, the processor first and the fastest last.
  public static var available: [Device] { all { Int(ct_device_count($0.rawValue)) } }

  /// The devices of a machine with so many of each kind, the processor first and the fastest last.
  static func all(count: (Kind) -> Int) -> [Device] {
    [Kind.cpu, .mps, .cuda].flatMap { kind in
      (0..<count(kind)).reversed().map { Device(kind: kind, index: $0) }
    }
  }
}

/// A device that was asked for and cannot be had.
public enum DeviceError: DescribedError, Equatable {
  /// A word that names no device.
  case unknown(String)
  /// A device that this machine, or this LibTorch, has not.
  case absent(String, available: [String])

  /// One sentence: what was asked, and what there is.
  public var description: String {
    switch self {
    case .unknown(let name):
      "--device is '\(name)', but must be \(DeviceName.expected)."
    case .absent(let name, let available):
      "There is no device \(name) here"
        + (Self.hasNoNumber(name) ? " (\(name.prefix { $0 != ":" }) is one device, without a number)" : "")
        + "; --device, or device in the config.yaml of a run that is resumed, can be "
        + "\(available.joined(separator: ", ")) or auto."
    }
  }

  /// Whether a number was given to a device of which a machine has one.
  private static func hasNoNumber(_ name: String) -> Bool {
    name.contains(":") && !name.hasPrefix(DeviceName.Kind.cuda.rawValue)
  }
}

/// LibTorch itself.
public enum Library {
  /// Prepares the allocator, and has no more compute threads than cores that may be used; call once, before
  /// the first tensor.
  public static func start() {
    ct_start()
    // Cores are at least 1, which LibTorch never refuses.
    if !threadsAreChosen, threads > Cores.usable { try? setThreads(Cores.usable) }
  }

  /// Whether the environment says how many compute threads there are (`OMP_NUM_THREADS`).
  public static var threadsAreChosen: Bool {
    ProcessInfo.processInfo.environment["OMP_NUM_THREADS"] != nil
  }

  /// Has cuDNN time its algorithms for each new shape of a convolution, and take the fastest; which one that
  /// is may differ from run to run.
  public static func tryConvolutionAlgorithms(_ tries: Bool) {
    ct_try_convolution_algorithms(tries)
  }

  /// LibTorch's version, as `2.13.0`.
  public static var version: String { String(cString: ct_version()) }

  /// The number of compute threads on the processor.
  public static var threads: Int { Int(ct_threads()) }

  /// Sets the number of compute threads on the processor.
  ///
  /// - Throws: `TorchError` for a number that LibTorch refuses: 0, and what is below it.
  public static func setThreads(_ threads: Int) throws {
    var message: UnsafeMutablePointer<CChar>?
    guard ct_set_threads(Int32(clamping: threads), &message) == 0 else {
      throw TorchError(
        operation: "computing with \(threads) threads", shapes: [],
        reason: Failures.reason(from: message))
    }
  }

  /// Handles of tensors that are alive in this process: flat from update to update, or there is a leak.
  public static var liveTensors: Int { Int(ct_live_tensors()) }
}

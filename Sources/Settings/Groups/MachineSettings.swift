// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// Each setting is documented by its own help text.

import Formatting
import Machine
import Schedules

/// On what a run computes, and what makes it the same run again.
public struct MachineSettings: SettingsGroup {
  public static let schema = Schema(
    "Machine", "The device, the seed, and what is written while it trains.", Self())

  public let device = Setting<DeviceName>(
    "device", "cpu, cuda, cuda:1, mps or auto, the fastest that is here.", default: .auto,
    mayChange: true)
  public let precision = Setting<Precision>(
    "precision", "The precision; bfloat16 and float16 are mixed precision, float16 for CUDA.",
    default: .float32, defaultDescription: "bfloat16 where the device multiplies it, else float32")
  public let threads = Setting<Int?>(
    "threads", "Compute threads.", .in(1...1024),
    defaultDescription: "as many as there are cores that other programs leave", mayChange: true)
  public let seed = Setting<UInt64>(
    "seed", "The seed of order, augmentation and initialization.", default: 1)
  public let checkpointEvery = Setting<Int>(
    "checkpoint-every", "Updates between checkpoints.", .in(1...Budget.maximumSteps), default: 500, mayChange: true)
  public let tensorboard = Setting<Bool>(
    "tensorboard", "Write event files for TensorBoard.", default: true, mayChange: true)

  /// Threads that wait for one another take longer than fewer would.
  public static func check(_ settings: RunSettings) throws {
    let most = max(64, 4 * Cores.usable)
    guard let threads = settings.machine.threads, threads > most else { return }
    throw SettingsError.notAllowed(
      key: "threads", value: "\(threads)",
      allowed: "at most \(most) on this machine of \(quantity(Cores.usable, "core"))")
  }
}

extension DeviceName: SettingText {}

/// How numbers are kept between a network's layers.
public enum Precision: String, Sendable, Hashable, SettingChoice {
  /// Single precision throughout.
  case float32
  /// Mixed: half of single precision, with its range.
  case bfloat16
  /// Mixed: half precision, which needs the loss to be scaled.
  case float16

  /// Names that other systems use.
  public static var aliases: [String: Precision] {
    ["fp32": .float32, "bf16": .bfloat16, "fp16": .float16]
  }
}

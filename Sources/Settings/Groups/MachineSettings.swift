// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// Each setting is documented by its own help text.

/// On what a run computes, and what makes it the same run again.
public struct MachineSettings: SettingsGroup {
  public static let schema = Schema(
    "Machine", "The device, the seed, and what is written while it trains.", Self())

  public let device = Setting<String>(
    "device", "cpu, cuda, cuda:1, mps or auto, the fastest that is here.", default: "auto",
    mayChange: true)
  public let precision = Setting<Precision>(
    "precision", "The precision; bfloat16 and float16 are mixed precision, float16 for CUDA.",
    default: .float32, otherwise: "bfloat16 where the device multiplies it, else float32")
  public let threads = Setting<Int?>(
    "threads", "Compute threads.", .in(1...1024),
    otherwise: "as many as there are cores that other programs leave", mayChange: true)
  public let seed = Setting<UInt64>(
    "seed", "The seed of order, augmentation and initialization.", default: 1)
  public let checkpointEvery = Setting<Int>(
    "checkpoint-every", "Updates between checkpoints.", .atLeast(1), default: 500, mayChange: true)
  public let tensorboard = Setting<Bool>(
    "tensorboard", "Write event files for TensorBoard.", default: true, mayChange: true)
}

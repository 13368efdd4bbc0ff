import Foundation

/// What this machine's processor does by itself.
public enum Processor {
  /// Whether it multiplies bfloat16 by instructions of its own, which LibTorch's convolutions use.
  ///
  /// AVX-512 BF16 and AMX are known, as Linux names them. Elsewhere bfloat16 is not faster than float32, or
  /// not known to be.
  public static let multipliesBFloat16 = multipliesBFloat16(
    (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? "")

  /// The same by a description of processors, as Linux gives it.
  static func multipliesBFloat16(_ description: String) -> Bool {
    guard let flags = description.split(separator: "\n").first(where: { $0.hasPrefix("flags") })
    else { return false }
    return flags.split(separator: " ").contains { $0 == "avx512_bf16" || $0 == "amx_bf16" }
  }
}

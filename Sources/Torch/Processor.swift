import CTorch
import Foundation

/// The features of this machine's processor.
public enum Processor {
  /// Whether it multiplies bfloat16 by instructions of its own, which LibTorch's convolutions use.
  ///
  /// AVX-512 BF16 and AMX are known, as Linux names them. Elsewhere bfloat16 is not faster than float32, or
  /// not known to be.
  public static let multipliesBFloat16 = multipliesBFloat16(
    (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? "")

  /// Whether processors multiply bfloat16 by instructions of their own, by their description as Linux gives it.
  static func multipliesBFloat16(_ description: String) -> Bool {
    let flags = flags(in: description)
    return flags.contains("avx512_bf16") || flags.contains("amx_bf16")
  }

  /// What decides in which order sums are taken here, and so the last bits of a run: the instructions that
  /// LibTorch has chosen for its own operations, those that oneDNN can choose from, and what the environment
  /// forbids it.
  ///
  ///     AVX512 (avx2 avx512f avx512_bf16)
  public static let arithmetic: String = {
    let environment = ProcessInfo.processInfo.environment
    let limit = environment["ONEDNN_MAX_CPU_ISA"] ?? environment["DNNL_MAX_CPU_ISA"]
    return arithmetic(
      capability: String(cString: ct_capability()),
      (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? "", limit: limit)
  }()

  /// What decides the order of sums on processors, by their description as Linux gives it.
  static func arithmetic(capability: String, _ description: String, limit: String?) -> String {
    let flags = flags(in: description)
    let known = [
      "sse4_1", "avx", "avx2", "fma", "avx_vnni", "avx512f", "avx512bw", "avx512_vnni",
      "avx512_bf16", "avx512_fp16", "amx_int8", "amx_bf16", "amx_fp16", "asimd", "sve", "bf16",
    ]
    let found = known.filter { flags.contains(Substring($0)) }
    return capability + (found.isEmpty ? "" : " (\(found.joined(separator: " ")))")
      + (limit.map { ", oneDNN up to \($0)" } ?? "")
  }

  /// The flags of the first processor; Linux says `flags` on x86 and `Features` on ARM.
  private static func flags(in description: String) -> Set<Substring> {
    let line = description.split(separator: "\n").first {
      $0.hasPrefix("flags") || $0.hasPrefix("Features")
    }
    return Set(line?.split(separator: " ") ?? [])
  }
}

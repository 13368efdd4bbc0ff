import Testing

@testable import Torch

@Suite struct `The processor` {
  @Test(arguments: [
    ("processor\t: 0\nflags\t\t: fpu sse2 avx512f avx512_bf16 clzero\n", true),
    ("flags\t\t: fpu amx_bf16 avx512_fp16\n", true),
    ("flags\t\t: fpu sse2 avx512f avx512_vnni\n", false),
    ("flags\t\t: my_avx512_bf16_not\n", false),
    ("model name\t: avx512_bf16\nflags\t\t: fpu\n", false),
    ("Features\t: fp asimd bf16\n", false), ("", false),
  ])
  func `multiplies bfloat16 where its flags say so`(description: String, expected: Bool) {
    #expect(Processor.multipliesBFloat16(description) == expected)
  }

  @Test func `says what decides the last bits of sums`() {
    let flags = "processor : 0\nflags : fpu sse4_1 avx2 fma avx512f avx512_bf16\n"
    #expect(
      Processor.arithmetic(capability: "AVX512", flags, limit: nil)
        == "AVX512 (sse4_1 avx2 fma avx512f avx512_bf16)")
    #expect(
      Processor.arithmetic(capability: "DEFAULT", flags, limit: "SSE41")
        .hasSuffix("avx512_bf16), oneDNN up to SSE41"))
    #expect(
      Processor.arithmetic(capability: "DEFAULT", "Features : fp asimd sve\n", limit: nil)
        == "DEFAULT (asimd sve)")
    #expect(Processor.arithmetic(capability: "DEFAULT", "", limit: nil) == "DEFAULT")
    #expect(Processor.arithmetic.first?.isUppercase == true, "LibTorch's own word comes first")
  }
}

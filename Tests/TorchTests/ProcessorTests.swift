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
}

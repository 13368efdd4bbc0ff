import Testing

@testable import Training

@Suite struct `The memory of an update` {
  private func estimate(_ known: [(Int, Int)]) -> UpdateMemoryEstimate {
    known.reduce(into: UpdateMemoryEstimate()) { $0.add(images: $1.0, bytes: $1.1) }
  }

  @Test func `is extrapolated on a line, or in proportion`() {
    // 100 for the model, 10 an image.
    let line = estimate([(2, 120), (4, 140), (8, 180)])
    #expect(line.bytes(for: 128) == 1380)
    #expect(line.bytes(for: 1) == 110)
    #expect(
      estimate([(1, 400), (2, 400), (4, 440)]).bytes(for: 8) == 520, "the first hide an image")
    #expect(estimate([(2, 120)]).bytes(for: 4) == 240)
    #expect(estimate([]).bytes(for: 4) == 0)
    #expect(estimate([(2, 500), (4, 400)]).bytes(for: 64) == 400, "noise is no saving")
  }

  @Test func `is divided into as few batches as fit`() {
    let line = estimate([(2, 120), (4, 140)])
    #expect(line.parts(of: 128, fitting: 1380) == 1)
    #expect(line.parts(of: 128, fitting: 1379) == 2)
    #expect(line.parts(of: 128, fitting: 300) == 8, "16 images take 260, 32 take 420")
    #expect(line.parts(of: 100, fitting: 120) == 50, "a batch of two images takes 120")
    #expect(line.parts(of: 128, fitting: 100) == nil)
    #expect(line.parts(of: 128, by: 2, fitting: 740) == 1, "64 images each take 740")
    #expect(line.parts(of: 128, by: 2, fitting: 739) == 2)
    #expect(line.parts(of: 8, by: 5, fitting: 109) == nil, "each has an image at least")
  }

  @Test(arguments: [1, 2, 7, 13, 97, 100, 128, 1000])
  func `is divided without a rest where twice as many batches allow it`(images: Int) {
    let divisions = UpdateMemoryEstimate.divisions(of: images)
    #expect(divisions.first == 1 && divisions.last == images)
    for (fewer, more) in zip(divisions, divisions.dropFirst()) {
      #expect(fewer < more && more <= 2 * fewer)
      let exact = (fewer + 1...2 * fewer).filter { images % $0 == 0 }
      #expect(exact.isEmpty || more == exact[0])
    }
  }
}

import Datasets
import Testing

@Suite struct `Mixing of batches` {
  private func mixes(_ mixing: BatchMixing) -> [BatchMixing.Mix] {
    (0..<2000).compactMap {
      mixing.mix(height: 20, width: 30, seed: 1, epoch: $0 / 50, batch: $0 % 50)
    }
  }

  @Test func `of nothing is nothing, and follows from its place`() {
    #expect(mixes(.none).isEmpty)
    let both = BatchMixing(mixup: 0.2, cutmix: 1)
    #expect(mixes(both) == mixes(both))
    #expect(Set(mixes(both)).count > 1000)
  }

  @Test func `of both kinds takes each for about half of the batches`() {
    let blends = mixes(BatchMixing(mixup: 0.2, cutmix: 1)).count {
      if case .blend = $0 { true } else { false }
    }
    #expect(abs(blends - 1000) < 5 * 22)
  }

  @Test func `by pasting has the share that the rectangle leaves`() {
    let mixes = mixes(BatchMixing(cutmix: 1))
    #expect(mixes.count == 2000)
    for mix in mixes {
      guard case .paste(let rows, let columns, let share) = mix else {
        Issue.record("\(mix)")
        continue
      }
      #expect(rows.lowerBound >= 0 && rows.upperBound <= 20)
      #expect(columns.lowerBound >= 0 && columns.upperBound <= 30)
      #expect(share == 1 - Double(rows.count * columns.count) / 600)
      #expect(mix.share == share)
    }
  }

  @Test func `by blending has shares of the distribution that was asked for`() {
    // Beta(0.2, 0.2) has mean 1/2 and variance 1/(4 * 1.4); five standard errors.
    let shares = mixes(BatchMixing(mixup: 0.2)).map(\.share)
    let mean = shares.reduce(0, +) / 2000
    #expect(abs(mean - 0.5) < 5 * 0.423 / 2000.0.squareRoot())
    #expect(shares.allSatisfy { (0...1).contains($0) })
    // A square distance from 1/2 is from 0 to 1/4, so that its deviation is at most 1/8; of shares that are
    // all as likely the variance would be 1/12.
    let variance = shares.reduce(0) { $0 + ($1 - 0.5) * ($1 - 0.5) } / 2000
    #expect(abs(variance - 1 / (4 * 1.4)) < 5 * 0.125 / 2000.0.squareRoot())
  }
}

import Foundation
import Testing

@testable import Tuning

@Suite struct `Whether rehearsals pay` {
  private func choice(
    _ change: (inout PeakSituation) -> Void = { _ in }, weight: Double = 0.9, edge: Double? = nil,
    isAskedFor: Bool = false
  ) -> RehearsalChoice {
    var situation = PeakSituation(batchSize: 128, images: 10_000, updates: 2_400)
    change(&situation)
    let advice = PeakAdvice(
      for: situation, reading: RangeTestReading(rate: 1, edge: edge, weight: weight))
    return RehearsalChoice(for: advice, isAskedFor: isAskedFor)
  }

  private func design(_ choice: RehearsalChoice) throws -> RehearsalDesign {
    guard case .rehearse(let design) = choice else {
      Issue.record("\(choice)")
      throw CancellationError()
    }
    return design
  }

  /// 77 epochs; by hand: 150 updates and 1,000 images evaluated, at a third of an update of 128, three times.
  @Test func `long runs over few images rehearse`() throws {
    let design = try design(choice { $0 = Self.long })
    #expect(design.length == 150 && design.heldOut == 1_000)
    #expect(design.cost == 458)
    #expect(design.mostCost == 720)
    let distances = zip(design.steps, design.steps.dropFirst()).map { log2($1 / $0) }
    #expect(distances.allSatisfy { abs($0 - 1.6) < 1e-9 })
  }

  private static let long = PeakSituation(batchSize: 128, images: 10_000, updates: 6_000)

  /// A fortieth of 5,999 updates is 149.
  ///
  /// Such cycles have their best peak far below the run's.
  @Test func `shorter ones over few images do not, by cycles too short to see that`() {
    #expect(
      choice { $0 = PeakSituation(batchSize: 128, images: 10_000, updates: 5_999) }
        == .skip(.shortCycles(updates: 149, least: 150)))
    #expect(choice() == .skip(.shortCycles(updates: 60, least: 150)))
  }

  /// By hand: 1,000 of 10,000 images are held out, and of each of ten classes perhaps one more.
  @Test func `updates of nearly all images leave none to hold out`() {
    let large = choice({ $0 = PeakSituation(batchSize: 9_500, images: 10_000, updates: 4_000) }, isAskedFor: true)
    #expect(large == .skip(.largeUpdates(images: 9_500, left: 8_990)))
  }

  /// By hand: 60 updates of 16 images cost as much as evaluating 2,880, of which a quarter are 720.
  @Test func `held-out images are fewer where batches are small, but enough`() throws {
    let small = choice(
      {
        $0 = PeakSituation(batchSize: 16, images: 20_000, updates: 2_400)
      }, isAskedFor: true)
    #expect(try design(small).heldOut == 720)
    let smallest = choice(
      {
        $0 = PeakSituation(batchSize: 4, images: 20_000, updates: 4_000)
      }, isAskedFor: true)
    #expect(try design(smallest).heldOut == 500)
  }

  @Test func `short runs do not`() {
    #expect(
      choice { $0.updates = 1_999 } == .skip(.fewUpdates(updates: 1_999, least: 2_000)))
    #expect(
      choice {
        $0.task = .boxes
        $0.updates = 3_999
      } == .skip(.fewUpdates(updates: 3_999, least: 4_000)))
  }

  @Test func `networks without normalization do not`() {
    #expect(choice { $0.isNormalized = false } == .skip(.notNormalized))
  }

  @Test func `models that start late do not`() {
    #expect(choice({ $0 = Self.long }, weight: 0.05) == .skip(.lateStart))
  }

  /// A run of seven epochs loses 3.4 points a halving: an eighth of it is worth more than the advice.
  @Test func `runs of few epochs do not`() throws {
    let few = choice {
      $0 = PeakSituation(batchSize: 128, images: 60_000, updates: 3_276)
    }
    guard case .skip(.smallGain(let gain, let cost)) = few else {
      Issue.record("\(few)")
      return
    }
    #expect(gain < 2 * cost)
  }

  @Test func `few images hold too few out`() {
    let few = PeakSituation(batchSize: 128, images: 1_999, updates: 6_000)
    #expect(choice { $0 = few } == .skip(.fewImages(images: 1_999, least: 2_000)))
    #expect(
      choice({ $0.images = 1_000 }, isAskedFor: true)
        == .skip(.fewImages(images: 1_000, least: 2_000)))
  }

  @Test func `those that are asked for need only what makes them possible`() throws {
    let few = choice({ $0.updates = 100 }, isAskedFor: true)
    // Three times 62.6 updates are three tenths of 627.
    #expect(few == .skip(.fewUpdates(updates: 100, least: 627)))
    let enough = choice({ $0.updates = 627 }, isAskedFor: true)
    #expect(try design(enough).length == 60)
    let bare = choice(
      {
        $0.isNormalized = false
        $0.updates = 700
      }, isAskedFor: true)
    _ = try design(bare)
  }

  @Test func `no peak is rehearsed above what the range test allows`() throws {
    let design = try design(choice({ $0.isNormalized = false }, edge: 4.5, isAskedFor: true))
    #expect(design.steps.allSatisfy { $0 <= 1.5 * 1.000001 })
    #expect(abs(design.steps[2] - 1.5) < 1e-9)
  }

  @Test func `a best peak at an end is followed beyond it, as long as that is paid for`() throws {
    let design = try design(choice { $0.updates = 20_000 })
    func made(_ losses: [Double]) -> [Rehearsal] {
      zip(design.steps, losses).map { Rehearsal(step: $0, loss: $1, updates: design.length) }
    }
    let factor = exp2(1.6)
    #expect(design.further(after: made([3, 2, 2.5])) == nil)
    let high = try #require(design.further(after: made([3, 2, 1])))
    #expect(abs(high / design.steps[2] - factor) < 1e-9)
    let low = try #require(design.further(after: made([1, 2, 3])))
    #expect(abs(low * factor / design.steps[0] - 1) < 1e-9)
    // Nine of a hundred are spent, and a fourth makes twelve; a fifth would be too much.
    let fourth = made([3, 2, 1]) + [Rehearsal(step: high, loss: 0.5, updates: design.length)]
    #expect(design.further(after: fourth) == nil)
  }

  @Test func `a loss is lost at half time if it is far above that of a lower peak`() {
    let seen = [Rehearsal(step: 1, loss: 1, halfTimeLoss: 2)]
    #expect(Rehearsal.isLost(3.1, atStep: 3, beside: seen))
    #expect(!Rehearsal.isLost(2.9, atStep: 3, beside: seen))
    #expect(!Rehearsal.isLost(3.1, atStep: 0.3, beside: seen), "it only learns slowly")
    #expect(Rehearsal.isLost(.nan, atStep: 0.3, beside: seen))
  }
}

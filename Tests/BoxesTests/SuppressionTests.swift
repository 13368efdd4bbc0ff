import Boxes
import Foundation
import Testing

/// Boxes, and what torchvision keeps of them.
private struct SuppressionCase: Decodable, CustomTestStringConvertible {
  let name: String
  let boxes: [Float]
  let scores: [Float]
  let labels: [Int64]
  let overlap: Double
  let kept: [Int32]
  let keptOfLabels: [Int32]

  var testDescription: String { name }

  static let all: [SuppressionCase] = {
    guard let folder = Bundle.module.url(forResource: "Fixtures", withExtension: nil),
      let data = try? Data(contentsOf: folder.appendingPathComponent("suppression.json"))
    else { return [] }
    return (try? JSONDecoder().decode([SuppressionCase].self, from: data)) ?? []
  }()
}

@Suite struct `Boxes that suppress one another` {
  @Test func `has its fixtures`() { #expect(SuppressionCase.all.count == 27) }

  @Test(arguments: SuppressionCase.all) fileprivate func `keeps what torchvision keeps`(
    expected: SuppressionCase
  ) {
    #expect(
      Suppression.kept(boxes: expected.boxes, scores: expected.scores, overlap: expected.overlap)
        == expected.kept)
    #expect(
      Suppression.kept(
        boxes: expected.boxes, scores: expected.scores, labels: expected.labels,
        overlap: expected.overlap) == expected.keptOfLabels)
  }

  @Test func `leaves boxes of other labels alone`() {
    let boxes: [Float] = [0, 0, 10, 10, 0, 0, 10, 10, 0, 0, 10, 9]
    let scores: [Float] = [0.5, 0.7, 0.9]
    #expect(Suppression.kept(boxes: boxes, scores: scores, overlap: 0.5) == [2])
    #expect(
      Suppression.kept(boxes: boxes, scores: scores, labels: [0, -7, 0], overlap: 0.5) == [2, 1])
  }

  @Test func `gives the best of its boxes whatever their order`() {
    // Far apart, so that all stay: by falling score, and equal ones in the order given.
    let boxes = (0..<100).flatMap { (number: Int) -> [Float] in
      [Float(number) * 20, 0, Float(number) * 20 + 10, 10]
    }
    let scores = (0..<100).map { Float($0 % 10) }
    let expected = (0..<10).reversed().flatMap { (score: Int32) -> [Int32] in
      Array(stride(from: score, to: 100, by: 10))
    }
    #expect(Suppression.kept(boxes: boxes, scores: scores, overlap: 0) == expected)
  }
}

import Foundation
import Metrics
import Testing

@Suite struct `Labels that predictions doubt` {
  private struct Case: Decodable {
    let kind: String
    let classes: Int
    let probabilities: [[Double]]
    let labels: [Int]
    let issues: [Int]
    let thresholds: [Double]
    let joint: [[Int]]
    let quality: [Double]
  }

  @Test func `are those that cleanlab doubts, in its order`() throws {
    let file = try #require(
      Bundle.module.url(
        forResource: "label-errors", withExtension: "json", subdirectory: "Fixtures"))
    let cases = try JSONDecoder().decode([Case].self, from: Data(contentsOf: file))
    #expect(cases.count == 6)
    for one in cases {
      let ours = ConfidentLearning(
        probabilities: one.probabilities, labels: one.labels, classes: one.classes)
      #expect(Set(ours.issues.map(\.image)) == Set(one.issues), "\(one.kind)")
      #expect(agree(ours.issues.map(\.quality), one.quality), "\(one.kind)")
      #expect(agree(ours.thresholds, one.thresholds), "\(one.kind)")
      // cleanlab counts at least one right image of each class.
      let joint = ours.confidentJoint.enumerated().map { label, row in
        row.enumerated().map { $0 == label ? max(1, $1) : $1 }
      }
      #expect(joint == one.joint, "\(one.kind)")
      for issue in ours.issues {
        let own = one.probabilities[issue.image]
        #expect(own[issue.suggested] == own.max() && issue.given == one.labels[issue.image])
      }
    }
  }

  @Test func `are none where there is no image`() {
    #expect(ConfidentLearning(probabilities: [], labels: [], classes: 3).issues.isEmpty)
  }
}

import Foundation
import Metrics
import Numbers
import Testing

@testable import Evaluation

/// Keys and names as files had them before they were the field's.
@Suite struct `An evaluation of an older run` {
  private func read<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
    try JSONText.read(type, from: Data(text.utf8))
  }

  @Test func `of a classifier is read`() throws {
    let mistake = try read(
      ClassificationEvaluation.Mistake.self,
      #"{"image": "1.png", "truth": "cat", "answer": "dog", "probability": 0.75}"#)
    #expect(mistake.prediction == "dog")
    #expect(try JSONText.line(mistake).contains(#""prediction":"dog""#))
  }

  @Test func `of a detector is read`() throws {
    let row = try read(
      DetectionEvaluation.ClassRow.self,
      #"""
      {"name": "cat", "count": 2, "figures": {"ap": 0.5, "ap75": null},
       "errors": {"right": 1, "badly_placed": 3, "wrong_class": 4, "wrong_class_and_place": 5}}
      """#)
    #expect(row.metrics["ap"] == 0.5 && row.metrics["ap75"]?.isNaN == true)
    #expect(row.errors == ["right": 1, "localization": 3, "classification": 4, "both": 5])
    let box = try read(
      [DetectionErrors.Kind].self, #"["badly_placed", "localization", "both"]"#)
    #expect(box == [.poorLocalization, .poorLocalization, .wrongClassAndLocation])
    #expect(throws: DecodingError.self) { try read([DetectionErrors.Kind].self, #"["bad"]"#) }
  }
}

import Foundation
import Masks
import Metrics
import Numbers
import Runs
import TestSupport
import Testing

@testable import Evaluation

/// Three images: one perfect, one half right, one of the background alone.
private func metric() -> SegmentationMetric {
  var metric = SegmentationMetric(classes: 2)
  func map(_ labels: [UInt16]) -> LabelMap { LabelMap(width: 4, height: 1, labels: labels) }
  metric.add(0, truth: map([0, 1, 1, 0]), prediction: map([0, 1, 1, 0]))
  metric.add(2, truth: map([0, 0, 0, 0]), prediction: map([0, 0, 0, 0]))
  metric.add(1, truth: map([1, 1, 0, 0]), prediction: map([0, 1, 0, 0]))
  return metric
}

@Suite struct `An evaluation of a segmentation` {
  private let directory = TemporaryDirectory()

  private func folder() throws -> RunFolder {
    try RunFolder.create(under: directory.url, name: "run")
  }

  @Test func `is read as it was written`() throws {
    let folder = try folder()
    #expect(try SegmentationEvaluation.read(from: folder) == nil)
    let written = SegmentationEvaluation(
      checkpoint: "c.safetensors", data: "cells", broken: 0, classNames: ["background", "cell"],
      names: ["a", "b"], metric: metric(),
      examples: [.init(name: "b", kind: .worst, dice: 0.5, picture: Data([1]))])
    try written.write(to: folder)
    #expect(try SegmentationEvaluation.read(from: folder) == written)
    let row = written.classes[0]
    let older = try JSONText.line(row).replacingOccurrences(
      of: #""metrics":"#, with: #""figures":"#)
    #expect(try JSONText.read(type(of: row), from: Data(older.utf8)).name == row.name)
    #expect(written.withoutPictures.examples.isEmpty)
    #expect(written.cases.map(\.name) == ["a", "b", "2"] && written.images == 3)
    #expect(written.cases[1].dice == 2.0 / 3 && written.cases[2].dice == nil)
    #expect(try abs(#require(written.values["dice"]) - 5.0 / 6) < 1e-12)
    #expect(written.values["ap"] == nil)
    #expect(written.namedValues.first?.metric.displayName == "Dice, mean per case")
  }

  @Test func `that is damaged, or another task's, is reported`() throws {
    let folder = try folder()
    for text in ["", "{}", #"{"checkpoint": "c", "confusion_matrix": []}"#] {
      try Data(text.utf8).write(to: folder.evaluation)
      #expect {
        try SegmentationEvaluation.read(from: folder)
      } throws: {
        "\($0)".contains("evaluation.json: it is damaged; 'rondo evaluate' writes a new one")
      }
    }
  }

  @Test func `shows the worst and the best, and none twice`() {
    let extremes = metric().extremes(worst: 1, best: 3)
    // The image of the background alone has no Dice.
    #expect(extremes.worst.map(\.index) == [1] && extremes.best.map(\.index) == [0])
    #expect(metric().extremes(worst: 5, best: 5).best.isEmpty)
  }
}

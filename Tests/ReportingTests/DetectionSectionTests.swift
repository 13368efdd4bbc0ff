import Boxes
import Evaluation
import Foundation
import Metrics
import Planning
import Runs
import Settings
import Testing

@testable import Reporting

@Suite struct `Detections on the page` {
  private func record(classes: Int = 2, pictures: Bool = true) -> RunRecord {
    let evaluated = EvaluatedImage(
      image: 0,
      truth: [
        AnnotatedBox(Box(x: 10, y: 40, width: 20, height: 20), label: 0),
        AnnotatedBox(Box(x: 50, y: 40, width: 20, height: 20), label: 1),
      ],
      detections: [
        DetectedBox(Box(x: 10, y: 40, width: 20, height: 20), label: 0, score: 0.9),
        DetectedBox(Box(x: 10, y: 42, width: 20, height: 20), label: 1, score: 0.9),
      ])
    var (metric, errors) = (COCOMetric(classes: classes), DetectionErrors(classes: classes))
    metric.add(evaluated)
    errors.add(evaluated)
    var record = RunRecord(title: "r")
    record.evaluation = DetectionEvaluation(
      checkpoint: "runs/r/checkpoints/update-7.safetensors", data: "cells", broken: 2,
      classNames: (0..<classes).map { "<c\($0)>" }, metric: metric, errors: errors,
      pictures: [
        .init(
          image: "photos/a.jpg", width: 100, height: 80, png: pictures ? Data([1, 2, 3]) : nil,
          evaluated: evaluated, atScore: 0)
      ])
    return record
  }

  @Test func `are reported with metrics, curves, errors and pictures`() {
    let html = Report.html(record())
    #expect(html.contains("update-7.safetensors on 1 image of cells: AP 0.5000, AP50 0.5000"))
    #expect(html.contains("2 broken images were left out."))
    #expect(html.contains("<td>&lt;c0&gt;</td><td>1.000</td>"))
    #expect(html.contains("Precision against recall") && !html.contains("<c0>"))
    #expect(html.contains("<td>all</td><td></td><td></td><td>1</td><td>1</td><td>0</td><td>1</td>"))
    #expect(html.contains("a.jpg: 2 objects, 2 detections: 1 correct, 1 missed, 1 wrong class"))
  }

  @Test func `have an image's pixels once, and what is wrong dashed`() {
    let html = Report.html(record())
    #expect(html.components(separatedBy: "data:image/png;base64,AQID").count == 2)
    #expect(html.components(separatedBy: "<use href=\"#picture-0\"/>").count == 3)
    #expect(html.components(separatedBy: "stroke-dasharray=\"5 3\"").count == 3)
    #expect(html.contains("<title>&lt;c1&gt; 0.90, wrong class</title>"))
    #expect(html.contains("<title>&lt;c1&gt;, missed</title>"))
  }

  @Test func `of many classes are those of the lowest AP`() {
    let html = Report.html(record(classes: 60))
    #expect(html.contains("The twenty classes of the lowest AP"))
  }

  @Test func `are left out where there was no evaluation, and pictures where there are none`() {
    #expect(!Report.html(RunRecord(title: "r")).contains("<h2>Detections"))
    #expect(!Report.html(record(pictures: false)).contains("Ground truth and detections"))
  }
}

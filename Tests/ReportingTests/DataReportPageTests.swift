import Datasets
import Foundation
import Testing

@testable import Reporting

@Suite struct `The page on a data set` {
  private func report(_ findings: String) throws -> DataReport {
    let json = """
      {"data": "<b>photos</b>", "task": "detect", "found": "YOLO's format", "channels": {"3": 3},
       "splits": [{"name": "training", "images": 3, "classes": [{"name": "c<at", "images": 2, "boxes": 5}]}],
       "sizes": [{"width": 20, "height": 10, "images": 3}], "findings": [\(findings)], "notes": ["n & m"],
       "files": [{"isUsed": true, "reason": "images", "count": 3, "first": "1.png"}]}
      """
    return try JSONDecoder().decode(DataReport.self, from: Data(json.utf8))
  }

  @Test func `has each finding with its pictures, and nothing beside the page`() throws {
    var report = try report(
      """
      {"check": "tiny_boxes", "title": "tiny boxes", "count": 7, "advice": "look at them",
       "examples": [{"text": "", "affected_images": [{"split": "training", "name": "<1>.png", "box": [5, 4, 2, 1]}]}]},
      {"check": "blank", "title": "blank images", "count": 0, "advice": "", "examples": []}
      """)
    report.findings[0].examples[0].images[0].picture = .init(
      jpeg: Data([1, 2, 3]), region: [3, 2, 8, 6])
    let html = DataReportPage.html(report)
    #expect(html.contains("1 of 2 checks found something"))
    #expect(html.contains("data:image/jpeg;base64,AQID"))
    #expect(html.contains("<rect x=\"2.0\" y=\"2.0\" width=\"2.0\" height=\"1.0\""))
    #expect(html.contains("&lt;1&gt;.png (training)") && html.contains("c&lt;at"))
    #expect(html.contains("blank images") && html.contains("n &amp; m"))
    #expect(!html.contains("<b>photos") && !html.contains("src=\"http"))
  }

  @Test func `says so where nothing stands out`() throws {
    #expect(DataReportPage.html(try report("")).contains("<h1>Nothing stands out</h1>"))
  }
}

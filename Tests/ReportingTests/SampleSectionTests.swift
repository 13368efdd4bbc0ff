import Foundation
import Planning
import Runs
import TestSupport
import Testing

@testable import Reporting

@Suite struct `What the network sees` {
  private let samples = SampleImages(
    width: 2, height: 1,
    images: [
      .init(caption: "T-shirt/top", png: Data([1, 2, 3])),
      .init(caption: "<b> 70 %, bag 30 %", png: Data([4])),
    ])

  @Test func `is on the page, with the classes and nothing beside the page`() {
    var record = RunRecord(title: "r")
    record.samples = samples
    let html = Report.html(record)
    #expect(html.contains("src=\"data:image/png;base64,AQID\""))
    #expect(html.contains("<figcaption>T-shirt/top</figcaption>"))
    #expect(html.contains("&lt;b&gt; 70 %, bag 30 %") && !html.contains("<b> 70"))
  }

  @Test func `is left out where a run has no samples`() {
    #expect(!Report.html(RunRecord(title: "r")).contains("Training samples"))
  }

  @Test func `is kept in the run's folder, and refused where it is damaged`() throws {
    let directory = TemporaryDirectory()
    let url = directory.url
    let folder = try RunFolder.create(under: url, name: "run")
    #expect(try SampleImages.read(from: folder) == nil)
    try samples.write(to: folder)
    #expect(try SampleImages.read(from: folder) == samples)
    try Data("{".utf8).write(to: folder.samples)
    let error = #expect(throws: RunError.self) { try SampleImages.read(from: folder) }
    #expect("\(try #require(error))".contains("samples.json"))
  }
}

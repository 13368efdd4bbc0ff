import Datasets
import Foundation
import Settings
import Tasks
import TestSupport
import Testing

@Suite struct `Small photographs` {
  /// The longest side of images in memory is 96: a size of 96, as half of these make it, would put them there.
  @Test func `stay photographs when their run is made again from its settings`() throws {
    let directory = TemporaryDirectory()
    let folder = directory.url
    for (index, name) in ["train/a", "train/b", "test/a", "test/b"].enumerated() {
      let place = folder.appendingPathComponent(name)
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      for image in 0..<4 {
        let (width, height) = (100 + 4 * image, 110)
        let pixels = (0..<width * height * 3).map {
          UInt8(truncatingIfNeeded: ($0 &* (31 + image)) >> 3 &+ 60 * index)
        }
        try pixels.withUnsafeBufferPointer {
          PNG.encoded($0, width: width, height: height, channels: 3)
        }.write(to: place.appendingPathComponent("\(image).png"))
      }
    }
    var settings = RunSettings()
    settings.data.source = folder.path
    settings.budget.steps = 2
    settings.budget.batchSize = 4
    let run = try ClassificationRun(settings)
    #expect(run.data.train is ImageFileDataset && run.settings.data.imageSize == 96)
    let again = try ClassificationRun(run.settings.open)
    #expect(again.data.train is ImageFileDataset && again.data.record == run.data.record)
  }
}

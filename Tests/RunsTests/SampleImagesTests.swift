import Foundation
import Runs
import Testing

@Suite struct `Samples` {
  @Test func `of an older run are read`() throws {
    let image = try JSONDecoder().decode(
      SampleImages.Image.self, from: Data(#"{"words": "cat", "png": "AQI="}"#.utf8))
    #expect(image == SampleImages.Image(caption: "cat", png: Data([1, 2])))
    let written = try JSONEncoder().encode(image)
    #expect(try JSONDecoder().decode(SampleImages.Image.self, from: written) == image)
  }
}

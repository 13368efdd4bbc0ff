import Foundation
import Masks
import Testing

@testable import Datasets

@Suite struct `A picture of masks` {
  private let gray = ColorImage(
    width: 5, height: 5, pixels: [UInt8](repeating: 100, count: 75))

  private func map(_ labels: [UInt16]) -> LabelMap { LabelMap(width: 5, height: 5, labels: labels) }

  private func pixel(_ image: ColorImage, _ x: Int, _ y: Int) -> [UInt8] {
    Array(image.pixels[(3 * (5 * y + x))..<(3 * (5 * y + x) + 3)])
  }

  /// A square of three by three pixels, moved to the right by so many.
  private func square(_ right: Int) -> LabelMap {
    var labels = [UInt16](repeating: 0, count: 25)
    for y in 1..<4 { for x in 1..<4 where x + right < 5 { labels[5 * y + x + right] = 1 } }
    return map(labels)
  }

  @Test func `tints what was found and draws its outline`() {
    let picture = MaskPicture.overlay(gray, square(0))
    let color = MaskColors.strong(1)
    #expect(pixel(picture, 1, 1) == [color.red, color.green, color.blue])
    #expect(pixel(picture, 2, 2) == [145, 86, 82])
    #expect(pixel(picture, 0, 0) == [100, 100, 100])
  }

  @Test func `shows where truth and prediction part`() {
    let picture = MaskPicture.comparison(
      gray, truth: square(0), prediction: square(1), isInstance: true)
    // Left: the truth's own outline. Right: the prediction's. Above in the middle both have one.
    #expect(pixel(picture, 1, 2) == [40, 120, 255])
    #expect(pixel(picture, 4, 1) == [240, 50, 40])
    #expect(pixel(picture, 2, 1) == [255, 255, 255])
    #expect(pixel(picture, 0, 4) == [100, 100, 100])
  }

  @Test func `shows a class that is predicted as another, of classes alone`() {
    let one = map([UInt16](repeating: 1, count: 25))
    let two = map([UInt16](repeating: 2, count: 25))
    let classes = MaskPicture.comparison(gray, truth: one, prediction: two, isInstance: false)
    #expect(pixel(classes, 2, 2) == [149, 82, 79])
    let instances = MaskPicture.comparison(gray, truth: one, prediction: two, isInstance: true)
    #expect(pixel(instances, 2, 2) == [100, 100, 100])
  }

  @Test func `is thinned to a size with its map, and read again as it was written`() throws {
    let image = ColorImage(width: 12, height: 8, pixels: MaskDirectory.pixels(12, 8))
    let (small, step) = image.thinned(toAtMost: 5)
    #expect(step == 3 && small.width == 4 && small.height == 3)
    #expect(Array(small.pixels[3..<6]) == [15, 0, 7])
    let map = LabelMap(width: 12, height: 8, labels: (0..<96).map { UInt16($0) })
    #expect(map.thinned(by: 3).labels.prefix(5) == [0, 3, 6, 9, 36])
    let directory = MaskDirectory()
    try directory.write(image.png, "image.png")
    #expect(try ColorImage(file: directory.path("image.png")) == image)
    #expect(throws: ImageFault.self) { try ColorImage(file: directory.path("other.png")) }
  }
}

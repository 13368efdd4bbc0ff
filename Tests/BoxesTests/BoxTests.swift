import Boxes
import Testing

@Suite struct `A box` {
  private let box = Box(x: 10, y: 20, width: 30, height: 40)

  @Test func `has edges and an area`() {
    #expect((box.maxX, box.maxY, box.area) == (40, 60, 1200))
    #expect(Box(minX: 10, minY: 20, maxX: 40, maxY: 60) == box)
    #expect(box.hasArea)
    for (width, height) in [(0.0, 1.0), (1, 0), (-1, -1), (.nan, 1), (.infinity, 1)] {
      #expect(!Box(x: 0, y: 0, width: width, height: height).hasArea)
    }
  }

  @Test func `overlaps another by what they share over both together`() {
    #expect(box.overlap(with: box) == 1)
    // Half of each: 600 of 1800.
    #expect(box.overlap(with: Box(x: 25, y: 20, width: 30, height: 40)) == 600.0 / 1800)
    // They touch at an edge, at a corner, and not at all.
    for (x, y) in [(40.0, 20.0), (40, 60), (100, 100)] {
      #expect(box.overlap(with: Box(x: x, y: y, width: 5, height: 5)) == 0)
      #expect(box.sharedArea(with: Box(x: x, y: y, width: 5, height: 5)) == 0)
    }
  }

  @Test func `is cut off at the image's edges`() {
    #expect(box.clipped(width: 100, height: 100) == box)
    #expect(box.clipped(width: 25, height: 30) == Box(x: 10, y: 20, width: 15, height: 10))
    #expect(
      Box(x: -5, y: -5, width: 10, height: 10).clipped(width: 100, height: 100)
        == Box(x: 0, y: 0, width: 5, height: 5))
    #expect(!box.clipped(width: 10, height: 100).hasArea)
    #expect(!Box(x: -9, y: 0, width: 9, height: 9).clipped(width: 100, height: 100).hasArea)
  }
}

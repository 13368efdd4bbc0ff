import Masks
import Testing

@Suite struct `Distances` {
  @Test func `are SciPy's, squared and by the chessboard`() throws {
    let cases = try MaskFixtures.read().distances
    #expect(cases.count == 18)
    for known in cases {
      let transform = DistanceTransform(width: known.width, height: known.height)
      #expect(transform.squared { known.sought[$0] == 1 } == known.squared)
      #expect(transform.chessboard { known.sought[$0] == 1 } == known.chessboard)
    }
  }

  @Test func `to nothing are none`() {
    let transform = DistanceTransform(width: 5, height: 4)
    let none = [Int32](repeating: DistanceTransform.none, count: 20)
    #expect(transform.squared { _ in false } == none)
    #expect(transform.chessboard { _ in false }.allSatisfy { $0 >= DistanceTransform.none - 1 })
    #expect(DistanceTransform(width: 0, height: 0).squared { _ in true } == [])
  }

  @Test func `are right in images of more than 46,340 pixels a side`() {
    let side = 70_000
    for (width, height) in [(side, 1), (1, side)] {
      let transform = DistanceTransform(width: width, height: height)
      let exact = transform.wideSquared { $0 == 0 }
      #expect(exact[side - 1] == 69_999 * 69_999)
      #expect(exact[46_341] == 46_341 * 46_341)
      let narrow = transform.squared { $0 == 0 }
      #expect(narrow[46_340] == 46_340 * 46_340)
      #expect(narrow[side - 1] == DistanceTransform.none - 1, "the highest that is not none")
      #expect(transform.squared { _ in false }.allSatisfy { $0 == DistanceTransform.none })
    }
    // Two rows: the nearest of the pixels lies across.
    let both = DistanceTransform(width: side, height: 2).wideSquared { $0 == side }
    #expect(both[side - 1] == 69_999 * 69_999 + 1)
  }

  @Test func `to another instance end in a border, however wide the instance is`() {
    let side = 50_000
    var map = LabelMap(width: side, height: 1, filledWith: 1)
    map.labels[0] = 2
    let classes = BorderTarget(width: 2).classes(of: map)
    #expect(Array(classes.labels[1..<5]) == [2, 2, 1, 1])
    #expect(classes.labels[side - 1] == 1)
  }

  @Test func `count what lies about the image where that is asked for`() {
    let distances = DistanceTransform(width: 3, height: 3).chessboard(countsOutside: true) { _ in
      false
    }
    #expect(distances == [1, 1, 1, 1, 2, 1, 1, 1, 1])
  }
}

@Suite struct `Connected pieces` {
  @Test func `are SciPy's, numbered by their first pixel`() throws {
    for known in try MaskFixtures.read().pieces {
      let map = LabelMap(width: known.width, height: known.height, labels: known.solid)
      let (four, eight) = (map.connectedComponents(.four), map.connectedComponents(.eight))
      #expect(four.map.labels == known.four && four.count == Int(known.four.max() ?? 0))
      #expect(eight.map.labels == known.eight && eight.count == Int(known.eight.max() ?? 0))
    }
  }

  @Test func `never join labels that differ, nor what is ignored`() {
    let pieces = map("12?2", "1.22").connectedComponents(.four)
    #expect(pieces.map == map("12.3", "1.33"))
    #expect(pieces.count == 3)
  }

  @Test func `that are small are left out, and the others numbered without gaps`() {
    let large = map("1..22", "3.?22").withoutSmall(below: 2)
    #expect(large.map == map("...11", "..?11") && large.count == 1)
  }
}

@Suite struct `A watershed` {
  @Test func `is scikit-image's`() throws {
    let cases = try MaskFixtures.read().watersheds
    #expect(cases.count == 6)
    for known in cases {
      let markers = LabelMap(width: known.width, height: known.height, labels: known.markers)
      let grown = markers.watershed(over: known.heights) { known.land[$0] == 1 }
      #expect(grown.labels == known.grown)
    }
  }

  @Test func `meets at the top of a ridge`() {
    #expect(map("1...2").watershed(over: [0, 3, 9, 3, 0]) { _ in true } == map("11122"))
  }
}

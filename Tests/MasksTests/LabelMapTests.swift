import Masks
import Testing

@Suite struct `A label map` {
  @Test func `counts its labels and knows its foreground`() {
    let map = LabelMap(width: 3, height: 2, labels: [0, 2, LabelMap.ignored, 2, 1, 7])
    #expect(map.counts(upTo: 3) == [1, 1, 2])
    #expect(map.highest == 7)
    #expect(map.foreground.labels == [0, 1, LabelMap.ignored, 1, 1, 1])
  }
}

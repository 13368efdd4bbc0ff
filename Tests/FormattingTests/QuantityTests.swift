import Formatting
import Testing

@Suite struct `A quantity` {
  @Test(arguments: [
    (0, "0 boxes"), (1, "1 box"), (2, "2 boxes"), (11, "11 boxes"),
  ])
  func `has its noun in the singular for one alone`(count: Int, text: String) {
    #expect(quantity(count, "box", plural: "boxes") == text)
  }

  @Test func `may be text already`() {
    #expect(quantity("1", "epoch") == "1 epoch" && quantity("0.5", "epoch") == "0.5 epochs")
  }
}

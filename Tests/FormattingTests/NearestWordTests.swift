import Formatting
import Testing

@Suite struct `The nearest word` {
  private let known = ["triangular", "triangular2", "one-cycle", "constant", "exp-range"]

  @Test(arguments: [
    ("triangluar", "triangular"), ("onecycle", "one-cycle"), ("Constant", "constant"),
    ("exp_range", "exp-range"), ("triangular3", "triangular"),
  ])
  func `is found for a slip`(word: String, meant: String) {
    #expect(nearest(to: word, among: known) == meant)
  }

  @Test func `is found where neighbors are exchanged in a short word`() {
    #expect(nearest(to: "sdg", among: ["adam", "adamw", "sgd"]) == "sgd")
  }

  @Test func `is none where nothing is like it`() {
    #expect(nearest(to: "banana", among: known) == nil)
    #expect(nearest(to: "x", among: []) == nil)
    #expect(nearest(to: "4", among: ["1", "2"]) == nil)
  }
}

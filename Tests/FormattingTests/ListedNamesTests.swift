import Formatting
import Testing

@Suite struct `Names in a line` {
  @Test func `are the first ones, and how many more there are`() {
    #expect(listed([]) == "")
    #expect(listed(["cat"]) == "cat")
    #expect(listed(["cat", "dog", "eel"], atMost: 3) == "cat, dog, eel")
    #expect(listed(["cat", "dog", "eel"], atMost: 2) == "cat, dog and 1 more")
  }
}

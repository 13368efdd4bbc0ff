import TestSupport
import Testing

@Suite struct `What was typed by another name` {
  @Test(arguments: [
    ("train --lr 0.1", "Unknown option '--lr'. Did you mean '--max-lr'?"),
    ("find-lr --batch 16", "Unknown option '--batch'. Did you mean '--batch-size'?"),
    ("trian", "There is no command 'trian'. Did you mean 'rondo train'?"),
    ("findlr", "There is no command 'findlr'. Did you mean 'rondo find-lr'?"),
  ])
  func `is answered by its name here`(line: String, message: String) throws {
    let directory = TemporaryDirectory()
    let result = try Program.run(line.split(separator: " ").map(String.init), in: directory.url)
    #expect(result.status == 2)
    #expect(result.messages.hasPrefix("rondo: \(message)\n"), "\(result.messages)")
  }
}

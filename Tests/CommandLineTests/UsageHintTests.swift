import TestSupport
import Testing

@Suite struct `What was typed by another name` {
  @Test(arguments: [
    ("train --lr 0.1", "Unknown option '--lr'. Did you mean '--max-lr'?"),
    ("find-lr --batch 16", "Unknown option '--batch'. Did you mean '--batch-size'?"),
    ("trian", "There is no command 'trian'. Did you mean 'rondo train'?"),
    ("help trian", "There is no command 'trian'. Did you mean 'rondo train'?"),
    ("train --batch-size -4", "--batch-size is -4, but must be at least 1."),
    ("train --epochs -1", "--epochs is -1.0, but must be"),
    ("findlr", "There is no command 'findlr'. Did you mean 'rondo find-lr'?"),
  ])
  func `is answered by its name here`(line: String, message: String) throws {
    let directory = TemporaryDirectory()
    let result = try Program.run(line.split(separator: " ").map(String.init), in: directory.url)
    #expect(result.status == 2)
    #expect(result.messages.hasPrefix("rondo: \(message)"), "\(result.messages)")
  }
}

@Suite struct `Help` {
  @Test(arguments: ["train", "find-lr", "compare", "predict", "evaluate"])
  func `says below each heading what the flags are for`(command: String) throws {
    let result = try Program.run([command, "--help"])
    let lines = result.output.split(separator: "\n")
    let alone = lines.filter { $0.wholeMatch(of: /[A-Z][A-Z ,-]+:/) != nil }
    #expect(lines.contains { $0.hasPrefix("SEVERAL PROCESSES: ") })
    #expect(Set(alone).isSubset(of: ["ARGUMENTS:", "OPTIONS:"]), "\(alone)")
  }
}

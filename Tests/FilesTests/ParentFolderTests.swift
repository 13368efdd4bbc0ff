import Files
import Testing

@Suite struct `The folder of a path` {
  /// - Source: the table in Apple's documentation of `NSString.deletingLastPathComponent`, and names of one character.
  @Test(arguments: [
    ("/tmp/scratch.tiff", "/tmp"), ("/tmp/lock/", "/tmp"), ("/tmp/", "/"), ("/tmp", "/"),
    ("/", "/"), ("scratch.tiff", ""), ("", ""), ("x", ""), (".", ""), ("é", ""), ("a/", ""),
    ("a/b", "a"), ("a//b", "a"), ("/x", "/"),
  ]) func `is what is before its last part`(path: String, folder: String) {
    #expect(parentFolder(of: path) == folder)
  }
}

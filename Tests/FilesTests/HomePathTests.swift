import Files
import Foundation
import Testing

@Suite struct `A path from a home folder` {
  @Test func `has that folder in the place of ~, as a shell has it`() {
    let environment = ["HOME": "/h"]
    for (path, full) in [
      ("~", "/h"), ("~/", "/h/"), ("~/photos/a.png", "/h/photos/a.png"), ("./~/a", "./~/a"),
      ("a/~", "a/~"), ("", ""), ("/~", "/~"), ("~no-such-user-here/a", "~no-such-user-here/a"),
    ] {
      #expect(withHome(path, environment: environment) == full, "\(path)")
    }
    #expect(withHome("~/a", environment: ["HOME": "/"]) == "/a")
  }

  @Test func `is another user's behind that user's name`() throws {
    let user = try #require(getpwuid(getuid()))
    let (name, home) = (
      String(cString: user.pointee.pw_name), String(cString: user.pointee.pw_dir)
    )
    #expect(withHome("~\(name)/a", environment: ["HOME": "/h"]) == home + "/a")
  }
}

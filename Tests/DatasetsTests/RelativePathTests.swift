import Foundation
import Testing

@testable import Datasets

@Suite struct `A name below a folder` {
  @Test(arguments: [
    ("a.jpg", "a.jpg"), ("./b/a.jpg", "b/a.jpg"), ("b//a.jpg", "b/a.jpg"), ("b/./a.jpg", "b/a.jpg"),
    (#"images\train\0.jpg"#, "images/train/0.jpg"), ("a/../b.jpg", "b.jpg"),
    ("a b/c d.jpg", "a b/c d.jpg"),
    ("größe/写真.png", "größe/写真.png"), ("a..b/..c", "a..b/..c"), ("1:2.jpg", "1:2.jpg"),
    ("folder/", "folder"),
  ]) func `is its parts`(name: String, parts: String) throws {
    #expect(try RelativePath(name).description == parts)
  }

  @Test(arguments: [
    ("", RelativePath.Fault.empty), (".", .empty), ("a/..", .empty), ("/a.jpg", .absolute),
    (#"\a.jpg"#, .absolute), (#"\\server\share\a.jpg"#, .absolute), ("C:/a.jpg", .absolute),
    (#"c:\a.jpg"#, .absolute), ("C:a.jpg", .absolute), ("..", .leaves), ("../a.jpg", .leaves),
    (#"..\a.jpg"#, .leaves), ("a/../../b.jpg", .leaves), (#"a\..\..\b.jpg"#, .leaves),
    ("a\0.jpg", .zeroByte), ("../\u{301}a.jpg", .leaves), ("a/\u{301}/../../../b", .leaves),
  ]) func `that names something else is refused`(name: String, fault: RelativePath.Fault) {
    #expect(throws: fault) { try RelativePath(name) }
  }

  @Test func `has a tail, whatever it begins with`() {
    #expect(RelativePath.tail(of: #"C:\photos\0.jpg"#) == ["photos", "0.jpg"])
    #expect(RelativePath.tail(of: "../../x/./notes.png") == ["x", "notes.png"])
    #expect(RelativePath.tail(of: "/a/../b.png") == ["b.png"])
    #expect(RelativePath.tail(of: "..").isEmpty)
  }
}

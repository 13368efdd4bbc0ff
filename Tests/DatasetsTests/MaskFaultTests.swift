import Foundation
import Masks
import Testing

@testable import Datasets

/// Masks that would be misread, as Pillow writes them: 12x8 pixels, a rectangle from (3, 2) to (9, 6).
@Suite struct `Masks that say nothing as they are` {
  /// White everywhere, and the rectangle alone opaque.
  private static let rgba =
    "iVBORw0KGgoAAAANSUhEUgAAAAwAAAAICAYAAADN5B7xAAAAJElEQVR42mP8//8/AymAiYFEwILGx2UdI9k20F4DCy63Us0G"
    + "ALTLBBJK3/NNAAAAAElFTkSuQmCC"
  private static let grayAlpha =
    "iVBORw0KGgoAAAANSUhEUgAAAAwAAAAICAQAAABn7dZ6AAAAH0lEQVR42mP8z4AdMOEQZ2CB0sgaGfHqIF2CkWRXAQCNDQMP"
    + "shNOYQAAAABJRU5ErkJggg=="
  /// White on black, and the black transparent.
  private static let cutOut =
    "iVBORw0KGgoAAAANSUhEUgAAAAwAAAAICAYAAADN5B7xAAAAIUlEQVR42mNgoDVgROb8////P1ZFjIxwdUyk2kB7DbQHAGUi"
    + "BAhA29toAAAAAElFTkSuQmCC"
  /// Red on black: red is the place 1 in the palette, then the place 0.
  private static let red = [
    "iVBORw0KGgoAAAANSUhEUgAAAAwAAAAIAQMAAAD3KoyyAAAABlBMVEUAAAD/AAAb/40iAAAAF0lEQVR42mNgYGBgYGCUT2Ri"
      + "YIAgCAAACJEAiDiSrNsAAAAASUVORK5CYII=",
    "iVBORw0KGgoAAAANSUhEUgAAAAwAAAAIAQMAAAD3KoyyAAAABlBMVEX/AAAAAABBoxIDAAAAHElEQVR42mP8/5GJgYHl4QQm"
      + "BgYIYvz/kYmBAQBNRQVifuZPwwAAAABJRU5ErkJggg==",
  ]
  /// Blue on black, blue the place 0.
  private static let blue =
    "iVBORw0KGgoAAAANSUhEUgAAAAwAAAAIAQMAAAD3KoyyAAAABlBMVEUAAP8AAAB7Yr8+AAAAHElEQVR42mP8/5GJgYHl4QQm"
    + "BgYIYvz/kYmBAQBNRQVifuZPwwAAAABJRU5ErkJggg=="

  private func directory(_ masks: [String]) throws -> MaskDirectory {
    let directory = MaskDirectory()
    for number in 0..<10 {
      try directory.image("images/\(number).png")
      try directory.write(
        try #require(Data(base64Encoded: masks[number % masks.count])), "masks/\(number).png")
    }
    return directory
  }

  private func levels(
    width: Int = 12, height: Int = 8, _ level: @escaping (Int, Int) -> UInt8
  ) throws -> MaskDirectory {
    let directory = MaskDirectory()
    for number in 0..<10 {
      try directory.image("images/\(number).png", width: width, height: height)
      try directory.mask("masks/\(number).png", width: width, height: height) { level(number, $0) }
    }
    return directory
  }

  @Test func `are refused where their shapes are in the alpha channel`() throws {
    for mask in [Self.rgba, Self.grayAlpha] {
      let sentence = try directory([mask]).sentence()
      #expect(
        sentence.contains("the alpha channel), and so have 9 more of 10 masks"), "\(sentence)")
    }
    let cutOut = try directory([Self.cutOut])
    let data = try cutOut.load()
    #expect(data.found.contains("0 is background and 255 foreground"))
    #expect(try data.train.read(0).mask.labels[24..<36] == [0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0])
  }

  @Test(arguments: [0, 1, 7, 255]) func `are refused where they are one number everywhere`(
    number: UInt8
  ) throws {
    let sentence = try levels { _, _ in number }.sentence()
    #expect(sentence.contains("have only one class, at every pixel"), "\(sentence)")
  }

  @Test func `are refused where those to train on are one class`() throws {
    let directory = try levels { mask, pixel in mask < 8 ? 0 : UInt8(pixel % 2) }
    try directory.write((0..<8).map { "\($0)" }.joined(separator: "\n"), "train.txt")
    try directory.write("8\n9\n", "test.txt")
    #expect(
      directory.sentence().hasPrefix("the training masks of \(directory.path) have only one class"))
  }

  @Test func `are read by their palettes' colors where the order differs`() throws {
    let directory = try directory(Self.red)
    let data = try directory.load()
    #expect(data.classNames == ["background", "foreground"])
    #expect(
      data.found.contains(
        "the palettes differ in their order: 0 0 0 is background, 255 0 0 is foreg"),
      "\(data.found)")
    for index in 0..<8 {
      #expect(try data.train.read(index).mask.labels[24..<30] == [0, 0, 0, 1, 1, 1])
    }
    try directory.write("ground 0 0 0\nlake 255 0 0\n", "classes.txt")
    #expect(try directory.load().classNames == ["ground", "lake"])
    #expect(try directory.load().train.read(0).mask.labels[24..<30] == [0, 0, 0, 1, 1, 1])
  }

  @Test func `are refused where the colors differ, with the file and the remedy`() throws {
    let directory = try directory([Self.red[0], Self.blue])
    let sentence = directory.sentence()
    #expect(sentence.contains("entry 0 of their palettes is the color "), "\(sentence)")
    #expect(sentence.contains("a line 'NAME R G B'"), "\(sentence)")
    // As it says.
    try directory.write("ground 0 0 0\nlake 255 0 0\nsky 0 0 255\n", "classes.txt")
    let data = try directory.load()
    #expect(Set((0..<8).map { try? data.train.read($0).mask.labels[28] }) == [1, 2])
  }

  @Test func `of 0 and 255 with a stray 1 are black and white, and it is said`() throws {
    let directory = try levels(width: 20, height: 20) { mask, pixel in
      mask == 7 && pixel == 0 ? 1 : pixel % 2 == 0 ? 255 : 0
    }
    let data = try directory.load()
    #expect(
      data.found.contains("255 is the foreground, and the values 1 are stray (1 pixels in 1 masks"))
    #expect(data.found.contains("masks/7.png"))
    #expect(try data.train.read(0).mask.labels[2..<5] == [1, 0, 1])
  }

  @Test func `of which 1 and 255 are not clear are refused, with a remedy that is right`() throws {
    // One mask says that 1 is a class, nine that 255 is.
    let directory = try levels { mask, pixel in
      mask == 7 ? UInt8([0, 1, 255][pixel % 3]) : pixel % 2 == 0 ? 255 : 0
    }
    let sentence = directory.sentence()
    #expect(
      sentence.contains("ambiguous: 255 has 464 pixels, and the values 1 have 32, in 1 masks"),
      "\(sentence)")
    #expect(sentence.contains("masks/7.png"))
    try directory.write("background\ncell\n", "classes.txt")
    let data = try directory.load()
    #expect(data.found.contains("2 classes by number, 255 ignored"), "\(data.found)")
    #expect(data.classNames == ["background", "cell"])
  }

  @Test(arguments: [[0, 1, 254], [0, 3, 250], [0, 254, 255], [0, 1, 2, 250]] as [[UInt8]])
  func `of a few exact numbers are no smoothed ones`(numbers: [UInt8]) throws {
    let sentence = try levels { _, pixel in numbers[pixel % numbers.count] }.sentence()
    let list = numbers.map(String.init).joined(separator: ", ")
    #expect(sentence.contains("ambiguous: they have the values \(list);"), "\(sentence)")
  }

  @Test func `of other sizes are counted, and EXIF is named where the sides have changed places`()
    throws
  {
    let directory = MaskDirectory()
    let jpeg = Data(try ImageFixture.bytes("orientation-6.jpg"))
    let size = try ImageDecoder().header(of: ImageFixture.path("orientation-6.jpg"))
    for number in 0..<5 {
      try directory.write(jpeg, "images/\(number).jpg")
      try directory.mask("masks/\(number).png", width: size.height, height: size.width) {
        UInt8($0 % 2)
      }
    }
    let sentence = directory.sentence()
    #expect(
      sentence.contains("and 4 more of 5 differ so; width and height have changed places"),
      "\(sentence)")
    #expect(sentence.contains("EXIF"))
    for number in 0..<5 {
      try directory.mask("masks/\(number).png", width: size.width + 1, height: size.height) {
        UInt8($0 % 2)
      }
    }
    #expect(
      directory.sentence().hasSuffix("and 4 more of 5 differ so; they do not belong together."))
  }
}

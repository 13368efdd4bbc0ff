#if LIBTORCH
  import Foundation
  import TestSupport
  import Testing

  /// Image folders that are wrong, each told in one sentence, with status 2, and nothing made.
  @Suite struct `A bad folder of images` {
    private let directory = TemporaryDirectory()

    private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("DatasetsTests/Fixtures")

    private func write(_ data: Data, _ path: String) throws {
      let file = directory.url(path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try data.write(to: file)
    }

    /// Twenty good images of two classes, in `photos/a` and `photos/b`.
    private func writeTwoClasses(_ folder: String = "photos") throws {
      let image = try Data(contentsOf: Self.fixtures.appendingPathComponent("color.png"))
      for index in 0..<10 {
        for name in ["a", "b"] { try write(image, "\(folder)/\(name)/\(index).png") }
      }
    }

    private func refuse(_ messages: String..., more: [String] = []) throws {
      let result = try Program.run(
        ["train", "--data", "photos", "--steps", "1"] + more, in: directory.url)
      #expect(result.status == 2, "\(result.messages)")
      for some in messages { #expect(result.messages.contains(some), "\(result.messages)") }
      #expect(result.messages.split(separator: "\n").count == 1, "\(result.messages)")
      #expect(!FileManager.default.fileExists(atPath: directory.url("runs").path))
    }

    @Test func `that is empty is refused`() throws {
      try FileManager.default.createDirectory(
        at: directory.url("photos"), withIntermediateDirectories: true)
      try refuse("photos has no known data format: expected", "Found: nothing.")
    }

    @Test func `of one class is refused`() throws {
      try writeTwoClasses("photos/train")
      try writeTwoClasses("photos/test")
      for split in ["train", "test"] {
        try FileManager.default.removeItem(at: directory.url("photos/\(split)/b"))
      }
      try refuse("photos has only one class, 'a'; add images of another class")
      // Without a split one folder of images may be a class, or hold the classes.
      try FileManager.default.removeItem(at: directory.url("photos/test"))
      try FileManager.default.moveItem(
        at: directory.url("photos/train/a"), to: directory.url("photos/a"))
      try FileManager.default.removeItem(at: directory.url("photos/train"))
      try refuse("photos has images in one folder only, a/", "add a folder for another class")
    }

    @Test func `whose splits have other classes is refused`() throws {
      try writeTwoClasses("photos/train")
      try writeTwoClasses("photos/test")
      try FileManager.default.moveItem(
        at: directory.url("photos/test/b"), to: directory.url("photos/test/cow"))
      try refuse(
        "photos/test/cow is a class of the evaluation split, but the training split has no class of this name; add training images of it, or move it away."
      )
    }

    @Test func `with a file that is no image is refused, by its name`() throws {
      try writeTwoClasses()
      try write(Data("This is no image.".utf8), "photos/a/3.png")
      try refuse(
        "1 of 20 images are broken, the first photos/a/3.png: it has none of the supported formats")
    }

    @Test func `with a decompression bomb is refused before it is decoded`() throws {
      try writeTwoClasses()
      // A header of 60,000 by 60,000 pixels, 10.8 GB of them, and no pixel behind it.
      var bomb = try Data(contentsOf: Self.fixtures.appendingPathComponent("color.png"))
      bomb.replaceSubrange(16..<24, with: [0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60])
      bomb.replaceSubrange(29..<33, with: crc(bomb[12..<29]))
      try write(bomb, "photos/b/7.png")
      try refuse(
        "1 of 20 images are broken, the first photos/b/7.png: it claims 60000x60000 pixels, and at "
          + "most 268435456 are read")
    }

    /// PNG's sum of a chunk.
    private func crc(_ bytes: Data) -> [UInt8] {
      var sum: UInt32 = 0xFFFF_FFFF
      for byte in bytes {
        sum ^= UInt32(byte)
        for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
      }
      return (0..<4).map { UInt8(truncatingIfNeeded: ~sum >> (24 - 8 * $0)) }
    }

    @Test func `with a link that leaves it is refused, unless links are trusted`() throws {
      try writeTwoClasses()
      try write(try Data(contentsOf: directory.url("photos/a/0.png")), "secret/1.png")
      try FileManager.default.createSymbolicLink(
        atPath: directory.url("photos/a/link.png").path, withDestinationPath: "../../secret/1.png")
      try refuse(
        "photos/a/link.png is a link to ", "/secret/1.png, which is outside photos",
        "--allow-links")
      let result = try Program.run(
        [
          "train", "--data", "photos", "--steps", "1", "--batch-size", "4", "--base-lr", "0.01",
          "--max-lr", "0.1", "--image-size", "16", "--allow-links",
        ], in: directory.url)
      #expect(result.status == 0, "\(result.messages)")
      #expect(result.messages.contains("17 training and 4 test images"), "\(result.messages)")
    }

    @Test func `with links that stay in it is read`() throws {
      try writeTwoClasses()
      try FileManager.default.createSymbolicLink(
        atPath: directory.url("photos/a/link.png").path, withDestinationPath: "0.png")
      let result = try Program.run(
        [
          "train", "--data", "photos", "--steps", "1", "--batch-size", "4", "--base-lr", "0.01",
          "--max-lr", "0.1", "--image-size", "16",
        ], in: directory.url)
      #expect(result.status == 0, "\(result.messages)")
    }

    @Test func `with what cannot be read under an image's name is refused`() throws {
      try writeTwoClasses()
      #expect(mkfifo(directory.url("photos/b/pipe.png").path, 0o666) == 0)
      try refuse("the first photos/b/pipe.png: it cannot be read (it is not a file)")
      try FileManager.default.removeItem(at: directory.url("photos/b/pipe.png"))
      try FileManager.default.createSymbolicLink(
        atPath: directory.url("photos/b/gone.png").path, withDestinationPath: "nowhere.png")
      try refuse("the first photos/b/gone.png: it cannot be read (No such file or directory)")
    }

    /// Root can read everything, so that root's tests start the program as a user who may not.
    @Test func `that may not be read is refused`() throws {
      try writeTwoClasses()
      for path in ["photos/b", "photos"] {
        chmod(directory.url(path).path, 0)
        defer { chmod(directory.url(path).path, 0o755) }
        let result = try Program.run(
          ["train", "--data", "photos"], in: directory.url, isUnprivileged: true)
        #expect(result.status == 2)
        #expect(
          result.messages.contains("\(path) cannot be read: Permission denied."),
          "\(result.messages)")
      }
    }

    @Test func `of CIFAR's files with a label beyond the classes is refused`() throws {
      let image = Data(repeating: 9, count: 3_072)
      for name in (1...5).map({ "data_batch_\($0).bin" }) + ["test_batch.bin"] {
        try write(
          Data([3]) + image + Data([name == "data_batch_4.bin" ? 10 : 7]) + image, "photos/" + name)
      }
      try write(Data((0..<10).map { "class\($0)\n" }.joined().utf8), "photos/batches.meta.txt")
      try refuse("data_batch_4.bin: label 10 of image 1 is outside the 10 classes")
    }
  }
#endif

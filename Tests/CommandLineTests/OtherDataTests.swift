#if LIBTORCH
  import Foundation
  import TestSupport
  import Testing

  /// A run on data that it was not trained on, and images that are named twice.
  extension `A trained run` {
    @Test func `is evaluated on all images of a folder without splits, and says what it read`() throws {
      for index in 0..<5 {
        try write(Self.red, index, "flat/red, or so/\(index).png")
        try write(Self.blue, index, "flat/blue/\(index).png")
      }
      try directory.write("text", "flat/blue/notes.txt")
      let flat = try run("evaluate", "runs/photos-1", "--data", "flat")
      #expect(flat.status == 0, "\(flat.messages)")
      for line in [
        "evaluated: all 10 images: the folder has no splits\n", "flat, 10 images:\n", "used: 10 as test images\n",
        "left out: 1 file, without an image extension: blue/notes.txt\n",
      ] { #expect(flat.messages.contains(line), "\(flat.messages)") }
      #expect(flat.output.contains("\nblue             5     1.0000  1.0000  1.0000\n"), "\(flat.output)")
      for index in 0..<3 {
        try write(Self.red, index, "split/valid/red, or so/\(index).png")
        try write(Self.red, index, "split/train/red, or so/\(index).png")
      }
      let split = try run("evaluate", "runs/photos-1", "--data", "split")
      #expect(split.messages.contains("evaluated: 3 images of the split 'valid'\n"), "\(split.messages)")
      // The run's own data by their name are its own.
      let own = try run("evaluate", "runs/photos-1", "--data", "./photos/")
      #expect(own.messages.contains("photos/, 11 images:") && !own.messages.contains("evaluated:"), "\(own.messages)")
    }

    @Test func `predicts an image once, and says so`() throws {
      let twice = try run("predict", "runs/photos-1", "photos/val/blue", "photos/val/blue/0.png")
      #expect(twice.output.split(separator: "\n").count == 7)
      let note = "note: 1 of the named images had been named before, the first photos/val/blue/0.png; "
      #expect(twice.messages.contains(note), "\(twice.messages)")
      let listed = try run(
        "predict", "runs/photos-1", "-", input: "photos/val/blue/0.png\0photos/val/blue/1.png\0photos/val/blue/0.png\0")
      #expect(listed.status == 0 && listed.messages.contains(note), "\(listed.messages)")
      #expect(listed.output.split(separator: "\n").count == 3)
    }
  }
#endif

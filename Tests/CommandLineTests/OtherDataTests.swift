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
        "evaluated: all 10 images: the data have no splits\n", "flat, 10 images:\n", "used: 10 as test images\n",
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

    /// Without splits, the images that are held out follow from the folder's own.
    @Test func `is evaluated on its own test images wherever they are now, though some are gone`() throws {
      for index in 0..<20 {
        try write(Self.red, 3 * index, "whole/red/\(index).png")
        try write(Self.blue, 3 * index, "whole/blue/\(index).png")
      }
      let trained = try run(
        "train", "--data", "whole", "--steps", "8", "--batch-size", "8", "--max-lr", "0.05", "--threads", "1")
      #expect(trained.status == 0, "\(trained.messages)")
      try FileManager.default.moveItem(at: directory.url("whole"), to: directory.url("moved"))
      let moved = try run("evaluate", "runs/whole-1", "--data", "moved")
      #expect(moved.status == 0, "\(moved.messages)")
      #expect(moved.messages.contains("moved, 8 images:"), "\(moved.messages)")
      #expect(moved.messages.contains("note: moved has the images that the run began with"))
      #expect(!moved.messages.contains("evaluated:"))
      // Others of the same names are other data.
      for index in 0..<20 {
        try write(Self.red, 3 * index + 1, "others/red/\(index).png")
        try write(Self.blue, 3 * index + 1, "others/blue/\(index).png")
      }
      let others = try run("evaluate", "runs/whole-1", "--data", "others")
      #expect(others.messages.contains("evaluated: all 40 images"), "\(others.messages)")
      try FileManager.default.moveItem(at: directory.url("moved"), to: directory.url("whole"))
      for index in 0..<3 { try FileManager.default.removeItem(at: directory.url("whole/red/\(index).png")) }
      let fewer = try run("evaluate", "runs/whole-1")
      #expect(fewer.status == 0)
      #expect(fewer.messages.contains("removed"), "\(fewer.messages)")
      #expect(!fewer.messages.contains("are evaluated now"), "\(fewer.messages)")
    }

    /// A gray run sees luminance, a run in color three equal channels.
    @Test func `is evaluated on gray images if it was trained in color, and the reverse`() throws {
      let (dark, light): ([UInt8], [UInt8]) = ([40], [180])
      for index in 0..<12 {
        for (name, gray) in [("dark", dark), ("light", light)] {
          try write(gray, 3 * index, "gray/\(name)/\(index).png", height: 20)
          try write([gray[0], gray[0], gray[0] / 2], 3 * index, "color/\(name)/\(index).png", height: 20)
        }
      }
      for (own, other, note) in [
        ("gray", "color", "images in color are read as gray ones, as the run was trained"),
        ("color", "gray", "the images are gray, and read in color, as the run was trained"),
      ] {
        let trained = try run(
          "train", "--data", own, "--steps", "24", "--batch-size", "8", "--max-lr", "0.05", "--threads", "1")
        #expect(trained.status == 0, "\(trained.messages)")
        let evaluated = try run("evaluate", "runs/\(own)-1", "--data", other)
        #expect(evaluated.status == 0, "\(evaluated.messages)")
        #expect(evaluated.messages.contains("note: " + note), "\(evaluated.messages)")
        let predicted = try run("predict", "runs/\(own)-1", other)
        let right = predicted.output.split(separator: "\n").count { line in
          line.contains("/dark/") ? line.contains(",dark,") : line.contains(",light,")
        }
        let accuracy = String(format: "%.6f", Double(right) / 24)
        #expect(evaluated.output.contains("accuracy \(accuracy)"), "\(evaluated.output)")
      }
    }

    @Test func `names its checkpoints where an exported model is given for one`() throws {
      let exported = try run("export", "runs/photos-1", "--output", "alone.safetensors")
      #expect(exported.status == 0, "\(exported.messages)")
      let refused = try run("evaluate", "runs/photos-1", "--checkpoint", "alone.safetensors")
      #expect(refused.status == 2)
      #expect(
        refused.messages.contains("alone.safetensors is no checkpoint: it has weights alone"),
        "\(refused.messages)")
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

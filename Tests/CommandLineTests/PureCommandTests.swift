import Foundation
import TestSupport
import Testing

/// The commands that need no LibTorch.
@Suite struct `Without LibTorch` {
  private let directory = TemporaryDirectory()

  @Test func `a user's curve is analyzed`() throws {
    // A loss that stays at 2, falls from a rate of 0.001 on, is lowest at 0.1, and then explodes.
    let rows = (0..<100).map { index -> String in
      let rate = 1e-5 * Foundation.pow(10, Double(index) * 0.06)
      let decades = log10(rate)
      let loss = 2 - 0.6 * max(0, min(2, decades + 3)) + max(0, decades + 1) * 4
      return "\(rate),\(loss)"
    }
    try directory.write("lr,loss\n" + rows.joined(separator: "\n") + "\n", "curve.csv")
    let result = try Program.run(
      ["find-lr", "--curve", directory.url("curve.csv").path, "--format", "json"])
    #expect(result.status == 0, "\(result.messages)")
    let output = try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    #expect(output["verdict"] as? String == "found")
    let (base, top) = (output["base_lr"] as? Double, output["max_lr"] as? Double)
    #expect(try (0.05...0.2).contains(#require(top)), "\(output)")
    #expect(try #require(base) < 0.05, "\(output)")
    // Every key is there; what a curve alone does not tell is null.
    let keys = [
      "verdict", "reason", "base_lr", "max_lr", "max_lr_low", "max_lr_high", "one_cycle_max_lr",
      "step_size", "suggestions", "momentum", "step", "constant_momentum", "constant_momentum_max_lr",
    ]
    #expect(Set(output.keys) == Set(keys))
    #expect(output["max_lr_low"] is NSNull && output["step_size"] is NSNull)
    #expect(output["step"] is NSNull, "nobody says with which momentum it was measured")
    let suggestions = try #require(output["suggestions"] as? [String: Any])
    for name in ["valley", "slide", "steepest", "minimum", "lightning"] {
      #expect(suggestions[name] is Double, "\(suggestions)")
    }
  }

  /// Nothing was found: standard output has nothing to paste, and JSON says so.
  @Test(arguments: ["text", "json", "svg"]) func `a curve without a range is a failure`(
    format: String
  ) throws {
    let rows = (0..<40).map { "\(1e-4 * Foundation.pow(10, Double($0) * 0.1)),2" }
    try directory.write("lr,loss\n" + rows.joined(separator: "\n") + "\n", "flat.csv")
    let result = try Program.run(
      ["find-lr", "--curve", "flat.csv", "--format", format], in: directory.url)
    #expect(result.status == 1)
    #expect(result.messages.contains("rondo: There is no reliable range: the loss"), "\(result.messages)")
    #expect(result.output.isEmpty == (format == "text"), "\(result.output)")
    #expect(result.output.contains("\"verdict\":\"none\"") == (format == "json"))
  }

  @Test func `an accuracy's curve is analyzed like a loss's`() throws {
    // A tenth until a rate of 0.001, rising to eight tenths at 0.1, and gone beyond.
    let rows = (0..<100).map { index -> String in
      let rate = 1e-5 * Foundation.pow(10, Double(index) * 0.06)
      let decades = log10(rate)
      let accuracy = 0.1 + 0.35 * max(0, min(2, decades + 3)) - max(0, decades + 1) * 0.7
      return "\(rate),\(max(0.1, accuracy))"
    }
    try directory.write("lr,accuracy\n" + rows.joined(separator: "\n") + "\n", "accuracy.csv")
    for format in ["json", "svg"] {
      let result = try Program.run([
        "find-lr", "--curve", directory.url("accuracy.csv").path, "--format", format,
      ])
      #expect(result.status == 0, "\(result.messages)")
      if format == "svg" {
        #expect(
          result.output.contains(">valley</text>") && result.output.contains("class=\"band\""))
      } else {
        let output = try #require(
          try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        #expect(try (0.05...0.2).contains(#require(output["max_lr"] as? Double)), "\(output)")
      }
    }
  }

  @Test func `doctor says what there is`() throws {
    let result = try Program.run(["doctor"])
    #expect(result.status == 0)
    for name in ["LibTorch", "fashion-mnist", "shapes"] { #expect(result.output.contains(name)) }
  }

  @Test func `help is no failure`() throws {
    for arguments in [["--help"], ["schedule", "--help"], ["--version"]] {
      let result = try Program.run(arguments)
      #expect(result.status == 0)
      #expect(result.messages == "" && result.output != "")
    }
  }
}

import Foundation
import Numbers
import Testing

@Suite struct `A whole number of a floating-point one` {
  @Test(arguments: [
    (2.9, 2), (-2.9, -2), (-0.0, 0), (1e300, Int.max), (-1e300, .min), (Double.infinity, .max),
    (-Double.infinity, .min), (.nan, 0), (.leastNonzeroMagnitude, 0), (0x1p63, .max),
    (-0x1p63, .min),
    (0x1.fffffffffffffp62, 9_223_372_036_854_774_784),
  ])
  func `is the nearest towards zero, or the bound`(value: Double, whole: Int) {
    #expect(Int(clamping: value) == whole)
  }

  @Test func `keeps to the bounds of smaller types, and of those without a sign`() {
    #expect(UInt8(clamping: 300.0) == 255)
    #expect(UInt8(clamping: -3.5) == 0)
    #expect(UInt8(clamping: Float.nan) == 0)
    #expect(Int32(clamping: Float.infinity) == .max)
    #expect(UInt64(clamping: 0x1p64) == .max)
    #expect(UInt64(clamping: 0x1p63) == 1 << 63)
    #expect(UInt64(clamping: -1.0) == 0)
    #expect(Int16(clamping: -40_000.0) == .min)
  }

  @Test func `is added and multiplied up to the bound`() {
    #expect(Int.max.addingOrMax(1) == .max)
    #expect(Int.min.addingOrMax(-1) == .min)
    #expect((1 << 40).multipliedOrMax(by: 1 << 40) == .max)
    #expect((-1 << 40).multipliedOrMax(by: 1 << 40) == .min)
    #expect((-3).multipliedOrMax(by: 4) == -12)
    #expect([2, 3, 4].checkedProduct() == 24)
    #expect([1 << 32, 1 << 31].checkedProduct() == nil)
  }
}

@Suite struct `A number of bytes` {
  @Test(arguments: [
    (0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1000, "1.0 KB"), (999_949, "999.9 KB"),
    (999_950, "1.0 MB"), (10_306_551, "10.3 MB"), (1_234_567_890, "1.2 GB"),
    (2_000_000_000_000, "2000.0 GB"),
  ])
  func `is shown in the largest unit that it has`(count: Int, text: String) {
    #expect(formattedBytes(count) == text)
  }
}

@Suite struct `A number that is not finite` {
  private struct Record: Codable, Equatable {
    var name: String
    @NaNAsNull var dice: Double
    @NaNsAsNull var values: [String: Double]
    var baseline: Double?
    var list: [Double]
  }

  private let record = Record(
    name: "nan / inf", dice: .nan, values: ["loss": .infinity, "accuracy": 0.5],
    baseline: -Double.infinity, list: [])

  @Test func `is null in JSON, wherever it stands`() throws {
    #expect(
      try JSONText.line(record)
        == #"{"baseline":null,"dice":null,"list":[],"name":"nan / inf","values":{"accuracy":0.5,"loss":null}}"#
    )
    #expect(try JSONText.line([1, Double.nan, -Double.infinity]) == "[1,null,null]")
    #expect(try JSONText.line(["a": [Double.nan]]) == #"{"a":[null]}"#)
    #expect(JSONText.number(Double.nan) == "null")
    #expect(JSONText.number(0.1) == "0.1")
  }

  @Test func `is read back as undefined`() throws {
    let read = try JSONText.read(Record.self, from: try JSONText.data(record, isPretty: true))
    #expect(read.dice.isNaN)
    #expect(read.values["loss"]?.isNaN == true)
    #expect(read.values["accuracy"] == 0.5)
    #expect(read.baseline == nil)
  }

  @Test func `is a dash for people and an empty cell in a table`() {
    #expect(formatted(.nan) == "-")
    #expect(formatted(-Double.infinity, dash: "–") == "–")
    #expect(formatted(nil) == "-")
    #expect(formatted(0.51236) == "0.5124")
    #expect(formatted(0.25, digits: 2, signed: true) == "+0.25")
    #expect(formatted(1e300) == "1e+300")
    #expect(csvCell(.nan) == "")
    #expect(csvCell(0.1) == "0.1")
  }
}

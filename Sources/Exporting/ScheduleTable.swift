import Schedules

/// A plan as a table, update by update.
public enum ScheduleTable {
  /// Returns the table of `csv(_:steps:to:)` as one text.
  static func csv(_ plan: Plan, steps: Int) -> String {
    var bytes: [UInt8] = []
    csv(plan, steps: steps) { bytes += $0 }
    return String(decoding: bytes.dropLast(), as: UTF8.self)
  }

  /// Writes `step,learning_rate,momentum`, a line an update, piece by piece.
  ///
  /// Each number has the fewest digits that read back equal, at most 17.
  ///
  /// - Parameter write: is given the text in pieces of about a megabyte.
  public static func csv(_ plan: Plan, steps: Int, to write: ([UInt8]) -> Void) {
    let capacity = 1 << 20
    var buffer: [UInt8] = []
    buffer.reserveCapacity(capacity + 256)
    buffer.append(contentsOf: "step,learning_rate,momentum\n".utf8)
    for step in 0..<max(0, steps) {
      buffer.append(contentsOf: String(step).utf8)
      buffer.append(UInt8(ascii: ","))
      buffer.append(contentsOf: plan.learningRate.value(at: step).description.utf8)
      buffer.append(UInt8(ascii: ","))
      if let momentum = plan.momentum {
        buffer.append(contentsOf: momentum.value(at: step).description.utf8)
      }
      buffer.append(UInt8(ascii: "\n"))
      if buffer.count >= capacity {
        write(buffer)
        buffer.removeAll(keepingCapacity: true)
      }
    }
    write(buffer)
  }
}

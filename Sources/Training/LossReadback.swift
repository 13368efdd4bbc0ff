import Schedules
import Torch

/// Losses that were computed and not yet looked at.
///
/// Reading a number back makes the host wait for the device. So the scalars of a few updates are
/// gathered on the device and fetched together; on a CPU, where nothing is waited for, each update
/// is read at once and a loss that is not finite stops the run before the next one.
struct LossReadback {
  /// What an update was done with.
  struct Update {
    let number: Int
    let epoch: Int
    let values: PlanValues
  }

  private var updates: [Update] = []
  private var scalars: [Tensor] = []
  private let scalarsPerUpdate: Int
  private let capacity: Int

  /// Creates a readback that holds so many updates.
  init(scalarsPerUpdate: Int, device: Device) {
    self.scalarsPerUpdate = scalarsPerUpdate
    capacity = device == .cpu ? 1 : 16
    updates.reserveCapacity(capacity)
    scalars.reserveCapacity(capacity * scalarsPerUpdate)
  }

  /// The number of updates held.
  var count: Int { updates.count }

  /// Whether the updates held must be read before more are added.
  var isFull: Bool { updates.count == capacity }

  /// Keeps an update's scalars, still on the device.
  mutating func append(_ update: Update, _ output: StepOutput) {
    updates.append(update)
    for scalar in [output.total] + output.terms + output.measures {
      // In mixed precision some may be of another type.
      scalars.append(scalar.detached().to(.float32))
    }
  }

  /// Fetches everything held, and hands each update its scalars: total, terms, measures.
  mutating func read(_ body: (Update, ArraySlice<Double>) throws -> Void) throws {
    guard !updates.isEmpty else { return }
    let fetched = try checked { try withoutGradient { try Tensor.stacked(scalars).readDoubles() } }
    let read = updates
    updates.removeAll(keepingCapacity: true)
    scalars.removeAll(keepingCapacity: true)
    for (index, update) in read.enumerated() {
      let start = index * scalarsPerUpdate
      try body(update, fetched[start..<start + scalarsPerUpdate])
    }
  }
}

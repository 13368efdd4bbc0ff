import Machine
import Numbers
import Settings
import Torch

/// The memory that an update of a task takes, measured on a few updates that are undone.
public struct UpdateMemory<Task: TrainingTask> {
  private let task: Task
  private let settings: ResolvedSettings
  private let optimizer: any Optimizer

  /// Prepares to measure updates of a task.
  ///
  /// - Throws: what `makeOptimizer` throws.
  public init(_ task: Task, _ settings: ResolvedSettings) throws {
    self.task = task
    self.settings = settings
    optimizer = try makeOptimizer(settings, for: task.model)
  }

  /// Makes one update of so many images.
  private func update(of images: Int) throws {
    try SavedState.withoutTrace(task.model, optimizer) {
      var options = UpdateOptions(settings)
      options.accumulate = 1
      let updater = try Updater(
        task: task, optimizer: optimizer, options: options,
        from: BatchPosition(
          purpose: .measurement, seed: settings.machine.seed, batchSize: images))
      _ = try updater.update(number: 0)?.total.item()
    }
  }

  /// Estimates how many bytes more than now an update of so many images takes, from updates of few.
  ///
  /// The numbers of images are doubled from 2 on while twice as many surely fit: a batch norm has no variance of one. What
  /// is needed grows evenly with them, so that two of them tell it for all.
  ///
  /// - Parameter free: the bytes that are free.
  /// - Returns: the estimate for any number of images; nil where the system does not say what a process takes.
  /// - Throws: `TorchError`.
  public func estimate(upTo images: Int, free: Int) throws -> UpdateMemoryEstimate? {
    OwnMemory.release()
    guard let before = OwnMemory.bytes else { return nil }
    var estimate = UpdateMemoryEstimate()
    var count = max(1, min(2, images))
    // The first update also makes what all have in common: the operations' plans, the memory that is kept.
    try update(of: count)
    while true {
      guard let peak = try OwnMemory.peak(during: { try update(of: count) }) else { return nil }
      estimate.add(images: count, bytes: max(0, peak - before))
      // Numbers this large hide what else the process takes meanwhile.
      let isEnough = estimate.known.count > 1 && peak - before > min(256_000_000, free / 3)
      guard count * 2 < images, !isEnough else { return estimate }
      count *= 2
    }
  }

  /// Whether an update of so many images can be made, by trial: for devices of which it cannot be told beforehand.
  ///
  /// - Throws: `TorchError` that says something else than that there is no memory.
  public func fits(_ images: Int) throws -> Bool {
    do {
      try update(of: images)
      return true
    } catch let error as TorchError where error.isOutOfMemory {
      return false
    }
  }
}

/// What updates of a few images took, and what follows for others.
public struct UpdateMemoryEstimate: Sendable {
  /// Images of an update, and the bytes that it took at most.
  private(set) var known: [(images: Int, bytes: Int)] = []

  /// Creates an estimate of nothing.
  public init() {}

  /// Adds a measurement, of more images than those before.
  public mutating func add(images: Int, bytes: Int) { known.append((images, bytes)) }

  /// The bytes for a number of images: on the line through the last two measurements, or in proportion to only one.
  ///
  /// With few images the optimizer's step may take the most, which hides what an image takes.
  public func bytes(for images: Int) -> Int {
    guard let first = known.suffix(2).first, let last = known.last else { return 0 }
    guard last.images > first.images else {
      return Int(clamping: Double(last.bytes) * Double(images) / Double(max(1, last.images)))
    }
    let perImage = max(
      0, Double(last.bytes - first.bytes) / Double(last.images - first.images))
    return max(
      0, last.bytes + Int(clamping: perImage * Double(images - last.images)))
  }

  /// The fewest equal batches of which each fits into so many bytes; nil where none does.
  ///
  ///     // 1 GB an image: 128 images in 20 GB are eight batches of 16.
  ///
  /// - Parameter processes: how many of them have a part of each batch, and so many bytes each.
  public func parts(of images: Int, by processes: Int = 1, fitting bytes: Int) -> Int? {
    Self.divisions(of: images).first { parts in
      let batch = images / parts
      return batch >= min(processes, images)
        && self.bytes(for: (batch + processes - 1) / processes) <= bytes
    }
  }

  /// Into how many equal batches images may be divided, ascending: without a rest where at most twice as many batches
  /// as before allow it.
  ///
  ///     divisions(of: 100)    // 1, 2, 4, 5, 10, 20, 25, 50, 100
  ///     divisions(of: 13)     // 1, 2, 4, 8, 13
  public static func divisions(of images: Int) -> [Int] {
    var divisions = [1]
    while let last = divisions.last, last < images {
      let most = min(images, 2 * last)
      divisions.append((last + 1...most).first { images.isMultiple(of: $0) } ?? most)
    }
    return divisions
  }
}

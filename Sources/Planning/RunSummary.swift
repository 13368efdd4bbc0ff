import Formatting
import Foundation
import Numbers
import Runs
import Settings

/// The results of a run.
public struct RunSummary: Sendable, Hashable, Codable {
  /// The final metrics, by name; NaN where one is undefined.
  @NaNsAsNull public private(set) var final: [String: Double]
  /// Whose they are: `test`, or in older folders `validation`.
  public let evaluationSplit: MetricsRow.Split
  /// The last metrics on the validation images, by which the run chose; nil where it had none, NaN where one is
  /// undefined.
  public var validation: [String: Double]? { ownValidation?.wrappedValue }
  private let ownValidation: NaNsAsNull?
  /// Updates applied.
  public let updates: Int
  /// Seconds of training, evaluation included, range test not.
  @NaNAsNull public private(set) var seconds: Double
  /// Training images a second, evaluation not counted.
  @NaNAsNull public private(set) var imagesPerSecond: Double
  /// Seconds from the start of the program to the first applied update.
  @NaNAsNull public private(set) var firstUpdateSeconds: Double
  /// The most memory the process ever held.
  public let peakMemoryBytes: Int

  enum CodingKeys: String, CodingKey {
    case final, updates, seconds
    case ownValidation = "validation"
    case evaluationSplit = "evaluation_split"
    case imagesPerSecond = "images_per_second"
    case firstUpdateSeconds = "first_update_seconds"
    case peakMemoryBytes = "peak_memory_bytes"
  }

  /// The key of older files for `evaluation_split`.
  private enum OlderKeys: String, CodingKey { case evaluationSplit = "judged_part" }

  /// Creates the summary of a run that ends now, in this process.
  public init(
    final: [String: Double], evaluationSplit: MetricsRow.Split, validation: [String: Double]? = nil,
    updates: Int, seconds: Double, imagesPerSecond: Double, firstUpdateSeconds: Double
  ) {
    self.final = final
    self.evaluationSplit = evaluationSplit
    ownValidation = validation.map { NaNsAsNull(wrappedValue: $0) }
    self.updates = updates
    self.seconds = seconds
    self.imagesPerSecond = imagesPerSecond
    self.firstUpdateSeconds = firstUpdateSeconds
    peakMemoryBytes = Self.peakMemory
  }

  /// Reads a summary, also of an older file; one without an evaluation split is of the test images.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    _final = try values.decode(NaNsAsNull.self, forKey: .final)
    evaluationSplit =
      try values.decodeIfPresent(MetricsRow.Split.self, forKey: .evaluationSplit)
      ?? decoder.container(keyedBy: OlderKeys.self)
      .decodeIfPresent(MetricsRow.Split.self, forKey: .evaluationSplit) ?? .test
    ownValidation = try values.decodeIfPresent(NaNsAsNull.self, forKey: .ownValidation)
    updates = try values.decode(Int.self, forKey: .updates)
    _seconds = try values.decode(NaNAsNull.self, forKey: .seconds)
    _imagesPerSecond = try values.decode(NaNAsNull.self, forKey: .imagesPerSecond)
    _firstUpdateSeconds = try values.decode(NaNAsNull.self, forKey: .firstUpdateSeconds)
    peakMemoryBytes = try values.decode(Int.self, forKey: .peakMemoryBytes)
  }

  /// Reads the summary of a run; nil if it has not ended.
  public static func read(from folder: RunFolder) throws -> RunSummary? {
    try RecordFile.read(
      folder.summary,
      remedy: "remove it, and 'rondo train --resume \(shellQuoted(folder.url.relativePath))' writes a new one")
  }

  /// Writes `summary.json`.
  public func write(to folder: RunFolder) throws {
    try RecordFile.write(self, to: folder.summary)
  }

  private static var peakMemory: Int {
    var usage = rusage()
    #if os(macOS)
      getrusage(RUSAGE_SELF, &usage)
      return usage.ru_maxrss
    #else
      getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
      return usage.ru_maxrss.multipliedOrMax(by: 1024)
    #endif
  }
}

extension RunSummary {
  /// Reads what came out of a run that is over; nil for one that has something left to do, as one of which
  /// the plan was changed since, or that was killed before its summary was written.
  ///
  /// - Parameter changes: settings that the run has anew, of which its patience may let it go on.
  /// - Throws: `RunError` for files of the run that cannot be read.
  public static func ofEndedRun(in folder: RunFolder, having changes: RunSettings = RunSettings()) throws -> RunSummary?
  {
    guard let plan = try RunPlan.read(from: folder), let summary = try? read(from: folder),
      let step = folder.listCheckpoints().last?.update, summary.updates == step
    else { return nil }
    let isOver = try step >= plan.budget.totalSteps || plan.stop(at: step, in: folder, having: changes) != nil
    return isOver ? summary : nil
  }
}

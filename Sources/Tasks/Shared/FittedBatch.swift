import Formatting
import Machine
import Numbers
import Planning
import Settings
import Torch
import Training

/// A batch that does not fit into memory, however small.
public enum BatchError: Error, Equatable {
  /// An update of one image takes more than is free, in bytes; nil where they are not known.
  case nothingFits(needed: Int?, free: Int?)
}

extension BatchError: DescribedError {
  /// One sentence: what, where, what to do.
  public var description: String {
    switch self {
    case .nothingFits(let needed, let free):
      (needed.map { "an update of one image takes about \(formattedBytes($0))" }
        ?? "an update of one image takes more than the device has")
        + (free.map {
          ", and \(formattedBytes($0)) are free, of which \(formattedBytes(reserve(of: $0))) are kept for evaluations"
        } ?? "")
        + "; use a smaller --image-size, --crop-size or --model, or end other programs."
    }
  }
}

/// How an update was brought into memory.
struct FittedBatch: Equatable, Codable {
  /// Images in a batch.
  var batchSize: Int
  /// Batches in an update, times those that were asked for.
  var parts: Int
  /// What is to be told of it.
  var sentence: String
}

extension TaskRun {
  /// Bytes that the networks of this package take at most for each pixel of an image in an update.
  private static var maximumBytesPerPixel: Int { 8_000 }

  /// Looks how the run's update fits into memory; nil where it does and nothing is to be told.
  ///
  /// - Parameters:
  ///   - isAsked: whether it is measured in any case, and told; else only where it may not fit.
  ///   - free: the bytes that are free; nil where the system does not say it.
  ///   - sharing: the processes that have a part of the batch each, in all and on this machine, whose memory they share.
  /// - Throws: `BatchError`; `TorchError`.
  func fittedBatch(
    isAsked: Bool, free: Int? = FreeMemory.bytes, sharing processes: (all: Int, here: Int) = (1, 1)
  ) throws -> FittedBatch? {
    let images = settings.budget.batchSize
    func share(_ images: Int) -> Int { (images + processes.all - 1) / processes.all }
    let most =
      share(images).multipliedOrMax(by: processes.here)
      .multipliedOrMax(by: inputPixels.multipliedOrMax(by: Self.maximumBytesPerPixel))
    guard settings.machine.device == .cpu else {
      // A card says by trial, of what the processes that share it have there together.
      let cards = max(1, Device.available.count { $0.kind == .cuda })
      guard isAsked || most > 2 << 30 else { return nil }
      return try fittedByTrial(images, isAsked: isAsked) { share($0) * ((processes.here + cards - 1) / cards) }
    }
    guard let free else {
      return isAsked ? unmeasured(images) : nil
    }
    guard isAsked || most > free / 2 else { return nil }
    let measured: UpdateMemoryEstimate?
    do {
      measured = try UpdateMemory(task, settings)
        .estimate(upTo: share(images), free: free / processes.here)
    } catch let error as TorchError where error.isOutOfMemory {
      throw BatchError.nothingFits(needed: nil, free: free)
    }
    guard let estimate = measured else { return isAsked ? unmeasured(images) : nil }
    // Gradients on their way to other processes lie in buckets of their own.
    let buckets = processes.all > 1 ? 4 * task.model.parameterCount : 0
    func needed(_ images: Int) -> Int {
      estimate.bytes(for: share(images)).addingOrMax(buckets).multipliedOrMax(by: processes.here)
    }
    let room = (free - reserve(of: free)) / processes.here - buckets
    guard let parts = estimate.parts(of: images, by: processes.all, fitting: room) else {
      throw BatchError.nothingFits(needed: needed(1), free: free)
    }
    let needed = needed(images)
    guard parts > 1 else {
      guard isAsked else { return nil }
      return FittedBatch(
        batchSize: images, parts: 1,
        sentence:
          "batch size: \(images), the default; an update takes about \(formattedBytes(needed)) of the "
          + "\(formattedBytes(free)) that are free")
    }
    return split(
      images, into: parts,
      because: "takes about \(formattedBytes(needed)), and \(formattedBytes(free)) are free")
  }

  private func fittedByTrial(
    _ images: Int, isAsked: Bool, onCard: (Int) -> Int
  ) throws -> FittedBatch? {
    let memory = try UpdateMemory(task, settings)
    guard
      let parts = try UpdateMemoryEstimate.divisions(of: images).first(where: {
        try memory.fits(onCard(images / $0))
      })
    else { throw BatchError.nothingFits(needed: nil, free: nil) }
    guard parts > 1 else {
      guard isAsked else { return nil }
      return FittedBatch(
        batchSize: images, parts: 1,
        sentence: "batch size: \(images), the default, which fits into the device's memory")
    }
    return split(images, into: parts, because: "does not fit into the device's memory")
  }

  private func split(_ images: Int, into parts: Int, because reason: String) -> FittedBatch {
    let accumulate = parts * settings.budget.accumulate
    let size = images / parts
    return FittedBatch(
      batchSize: size, parts: parts,
      sentence:
        "batch size: a batch of \(images) images \(reason), so it is split: --batch-size \(size) "
        + "--accumulate \(accumulate)"
        + (size * parts < images ? ", \(size * accumulate) images an update" : ""))
  }

  private func unmeasured(_ images: Int) -> FittedBatch {
    FittedBatch(
      batchSize: images, parts: 1,
      sentence:
        "batch size: \(images), the default: this system does not say how much memory an update takes"
    )
  }
}

/// How many of the free bytes an update does not take: evaluations, checkpoints and other programs need some.
private func reserve(of free: Int) -> Int { max(free / 5, 100_000_000) }

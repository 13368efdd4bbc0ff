// How the best peak moves with the length of a run, the number of images and the optimizer: complete cycles at
// five peaks for each. The priors of the advice are fitted to what this shows.

import ArgumentParser
import Datasets
import Foundation
import Planning
import Runs
import Schedules
import Settings
import Tasks
import Torch
import Training
import Vision

/// One complete training of the table.
struct HorizonRun: Hashable {
  enum Decay: String {
    /// 5e-4, whatever the run.
    case recipe
    /// 1 / (mean rate * 0.4 * updates), at most 0.3: the averaging time is 40 % of the run.
    case scaled
  }

  let network: String
  let optimizer: String
  let decay: Decay
  let batchSize: Int
  let images: Int
  let steps: Int
  let peak: Double
  let seed: UInt64

  var key: String {
    "\(network),\(optimizer),\(decay.rawValue),\(batchSize),\(images),\(steps),\(peak),\(seed)"
  }

  static let sgdPeaks = [0.04, 0.1, 0.25, 0.63, 1.6]
  static let adamPeaks = [0.0006, 0.0015, 0.004, 0.01, 0.024]

  /// Early results say most: one seed of everything before the next, short runs before long ones.
  static let all: [HorizonRun] = {
    var runs: [HorizonRun] = []
    for seed in [UInt64(1), 2] {
      for steps in [150, 600, 2400] {
        for peak in sgdPeaks {
          runs.append(Self("resnet-11", "sgd", .recipe, 128, 10_000, steps, peak, seed))
        }
        for images in [2500, 10_000, 40_000] {
          for peak in sgdPeaks {
            runs.append(Self("residual", "sgd", .recipe, 64, images, steps, peak, seed))
          }
          for peak in adamPeaks {
            runs.append(Self("residual", "adamw", .scaled, 64, images, steps, peak, seed))
          }
        }
      }
      for peak in adamPeaks {
        runs.append(Self("residual", "adamw", .recipe, 64, 2500, 2400, peak, seed))
      }
    }
    return runs
  }()

  private init(
    _ network: String, _ optimizer: String, _ decay: Decay, _ batchSize: Int, _ images: Int,
    _ steps: Int, _ peak: Double, _ seed: UInt64
  ) {
    (self.network, self.optimizer, self.decay) = (network, optimizer, decay)
    (self.batchSize, self.images, self.steps) = (batchSize, images, steps)
    (self.peak, self.seed) = (peak, seed)
  }

  static func makeNetwork(_ name: String, channels: Int, classes: Int) throws -> any Layer {
    if let kind = NetworkKind(rawValue: name) {
      return kind.make(channels: channels, classes: classes)
    }
    return ResNet11(channels: channels, classes: classes)
  }

  /// Trains; returns the accuracy and the mean loss on the evaluation images, or nil where it diverged.
  func train(on data: ImageData) throws -> (accuracy: Double, loss: Double)? {
    var settings = RunSettings()
    settings.optimizer.name = OptimizerName(rawValue: optimizer)
    settings.budget.batchSize = .images(batchSize)
    settings.budget.steps = steps
    settings.machine.seed = seed
    settings.augmentation.flip = true
    settings.schedule.kind = ScheduleEntry.catalog[OneCycle.name]
    settings.schedule.maxLR = peak
    settings.schedule.baseLR = peak / 10
    settings.machine.checkpointEvery = steps
    if decay == .scaled {
      settings.optimizer.weightDecay = min(0.3, 1 / (0.5 * peak * 0.4 * Double(steps)))
    }
    let resolved = settings.filled(from: TaskDescription.classify.recipe).resolved
    let network = try Self.makeNetwork(
      network, channels: data.train.channels, classes: data.classNames.count)
    network.initialize(seed: seed)
    network.useChannelsLast()
    let task = WholeRunTask(
      ClassificationTask(
        network: network, data: data, augmentation: Augmentation(flips: true),
        labelSmoothing: resolved.optimizer.labelSmoothing, device: .cpu),
      images: steps * batchSize)
    let folder = try RunFolder.create(
      under: FileManager.default.temporaryDirectory, name: "horizons-\(getpid())")
    defer { try? FileManager.default.removeItem(at: folder.url) }
    do {
      let summary = try TrainingJob(task: task, settings: resolved, folder: folder).run()
      guard let accuracy = summary.final["accuracy"], let loss = summary.final["loss"] else {
        return nil
      }
      return (accuracy, loss)
    } catch TrainingError.nonFiniteLoss { return nil } catch TrainingError.nonFiniteParameters {
      return nil
    }
  }
}

struct Horizons: ParsableCommand {
  @OptionGroup var options: Options

  private static let header =
    "network,optimizer,decay,batch,images,updates,peak,seed,accuracy,loss,seconds\n"

  func run() throws {
    let shelf = options.openShelf()
    guard shelf.has(.cifar10) else {
      throw ValidationError("The table is made on CIFAR-10; name its folder with --cifar10.")
    }
    let file = options.folder.appendingPathComponent("horizons.csv")
    if !FileManager.default.fileExists(atPath: file.path) {
      try Data(Self.header.utf8).write(to: file)
    }
    let done = Set(
      try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map {
        $0.split(separator: ",", omittingEmptySubsequences: false).prefix(8).joined(separator: ",")
      })
    for run in HorizonRun.all where !done.contains(run.key) && matches(run) {
      let data = try shelf.data(.cifar10, images: run.images, evaluated: 5000)
      let begun = ContinuousClock.now
      let result = try run.train(on: data)
      let seconds = Double((ContinuousClock.now - begun) / .milliseconds(1)) / 1000
      let values =
        result.map { String(format: "%.4f,%.4f", $0.accuracy, $0.loss) } ?? ","
      let line = run.key + "," + values + String(format: ",%.1f\n", seconds)
      let handle = try FileHandle(forWritingTo: file)
      try handle.seekToEnd()
      try handle.write(contentsOf: Data(line.utf8))
      try handle.close()
      say(line.trimmingCharacters(in: .newlines))
    }
  }

  private func matches(_ run: HorizonRun) -> Bool {
    options.only.isEmpty || run.key.contains(options.only)
  }
}

import Datasets
import Fetching
import Foundation
import Settings
import TestSupport
import Testing
import Torch
import Vision

@testable import Tasks

@Suite struct `Published weights` {
  /// All models of all tasks, by the task.
  private static let models: [(task: TaskDescription, entries: [any ModelEntry])] =
    TaskDescription.allCases.map { task in (task, VisionTask.named(task).models.entries) }
  private static let names = models.flatMap { $0.entries.map(\.name) }

  @Test(arguments: PublishedWeights.catalog.entries.map(\.name))
  func `are of a model that there is`(name: String) throws {
    let weights = try #require(PublishedWeights.catalog[name])
    #expect(Self.names.contains(weights.model))
  }

  @Test func `inside of packages are of a model that there is`() {
    for weights in PublishedWeights.inPackages {
      #expect(Self.names.contains(weights.model))
      #expect(weights.checksum?.isWhole == true)
    }
  }

  /// What a name says that a segmenter or a detector stands on, it stands on: the shapes fit.
  ///
  /// Of the smallest: deeper ones are made by the same code.
  @Test func `of a residual network fit what stands on it`() throws {
    var models: [String] = []
    for (task, entries) in Self.models where task != .classify {
      for entry in entries {
        let model = entry.name
        guard
          let weights = try? PublishedWeights.named("imagenet", for: model, on: entry.base?.name),
          weights.model == "resnet-18"
        else { continue }
        models.append(model)
        let own = try Models.classifiers.entry(named: weights.model)
          .make(channels: 3, classes: 1_000)
        let network: any Module =
          try task == .segment
          ? Models.segmenters.entry(named: model).make(classes: 2)
          : Models.detectors.entry(named: model).make(classes: 2)
        let directory = TemporaryDirectory()
        let file = directory.url("file.safetensors")
        try Safetensors.write(own.namedTensors, to: file)
        #expect(try LoadedWeights(file.path, into: network).isBackbone, "\(model)")
      }
    }
    #expect(models == ["unet-resnet-18", "fcos-resnet-18", "retinanet-resnet-18"])
  }
}

@Suite struct `How images are prepared for weights` {
  private let directory = TemporaryDirectory()
  private var file: URL { directory.url("file.safetensors") }

  private func source(
    classes: Int, _ metadata: [String: String] = [:]
  ) throws -> (source: WeightsSource, settings: RunSettings) {
    try Safetensors.write(
      [("fc.weight", Tensor.ones([classes, 4]))], metadata: metadata, to: file)
    let source = try WeightsSource(file.path, for: Models.classifiers.entry(named: "resnet-18"))
    return (source, source.settings(for: .classify))
  }

  @Test func `is the table's for a name`() throws {
    let source = try WeightsSource("imagenet", for: Models.classifiers.entry(named: "googlenet"))
    let settings = source.settings(for: .classify)
    #expect(source.nameInSettings == "torchvision/googlenet.imagenet1k_v1")
    #expect(settings.data.normalization == .fixed(.halves), "its transform_input")
    #expect(settings.data.cropShare == 0.875)
    let detector = try WeightsSource("coco", for: Models.detectors.entry(named: "fcos-resnet-50"))
    #expect(
      detector.settings(for: .detect) == RunSettings { $0.data.normalization = .fixed(.imagenet) })
  }

  @Test func `is ImageNet's for a file with a head of a thousand classes, and says so`() throws {
    let (source, settings) = try source(classes: 1_000)
    #expect(settings.data.normalization == .fixed(.imagenet))
    let told = source.notes(settings.resolved, seeing: nil).joined()
    #expect(told.contains("ImageNet's, since \(file.path) has a head of 1,000 classes"), "\(told)")
    let own = RunSettings { $0.data.normalization = .data }.resolved
    let other = source.notes(own, seeing: nil).joined()
    #expect(other.contains("normalized by the data's own mean and deviation"), "\(other)")
    #expect(other.contains("is probably ImageNet's, and so trained with mean 0.485 0.456 0.406"))
  }

  @Test func `is not a published file's for another of its name, and says so`() throws {
    let other = directory.url("resnet50-11ad3fa6.pth")
    try Safetensors.write([("fc.weight", Tensor.ones([10, 4]))], to: other)
    let source = try WeightsSource(other.path, for: Models.classifiers.entry(named: "resnet-50"))
    #expect(source.published == nil && source.settings(for: .classify).isEmpty)
    #expect(
      source.notes(RunSettings().resolved, seeing: nil).first
        == "note: \(other.path) has the name of torchvision/resnet50.imagenet1k_v2, but not its size or SHA-256 sum: "
        + "it is another file, or damaged")
  }

  @Test func `is the data's own for any other file, and says so`() throws {
    let (source, settings) = try source(classes: 10)
    #expect(settings.isEmpty)
    #expect(
      source.notes(settings.resolved, seeing: nil).joined()
        .contains("note: nothing says how images were prepared for \(file.path)"))
  }

  @Test func `is what a file of Rondo's says`() throws {
    let seen = Preprocessing(
      size: 128, resize: 160,
      ChannelStatistics(mean: [0.1, 0.2, 0.3], deviation: [0.4, 0.5, 0.6]),
      .bicubic)
    let (source, settings) = try source(classes: 1_000, seen.metadata)
    #expect(
      settings.data.normalization?.statistics
        == ChannelStatistics(mean: [0.1, 0.2, 0.3], deviation: [0.4, 0.5, 0.6]))
    #expect(settings.data.cropShare == 0.8 && settings.data.interpolation == .bicubic)
    var smaller = seen
    (smaller.width, smaller.height, smaller.shortSide) = (96, 96, 120)
    let told = source.notes(settings.resolved, seeing: smaller)
    #expect(
      told.last
        == "note: \(file.path) was trained on images of 128x128, and these are 96x96; --image-size 128 brings them "
        + "to the same")
  }

  @Test(arguments: [(nil, 48, true), (.fromScratch, 32, false)] as [(RecipeName?, Int, Bool)])
  func `enlarges smaller images, and a run that goes on has them as they were`(
    recipe: RecipeName?, size: Int, grew: Bool
  ) throws {
    let network = ResNet11(channels: 3, classes: 2)
    network.initialize(seed: 1)
    let seen = Preprocessing(
      size: 48, resize: 48,
      ChannelStatistics(mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5]), .bilinear)
    try Safetensors.write(network.namedTensors, metadata: seen.metadata, to: file)
    for name in ["train/a/1", "train/a/2", "train/b/1", "train/b/2", "test/a/1", "test/b/1"] {
      let level = UInt8(truncatingIfNeeded: name.utf8.reduce(0) { $0 &* 31 &+ Int($1) })
      try directory.write(bitmap(side: 32, level: level), "data/\(name).bmp")
    }
    let typed = RunSettings {
      ($0.data.source, $0.model.name) = (directory.path("data"), "resnet-11")
      $0.model.weights = file.path
      ($0.budget.steps, $0.model.recipe) = (1, recipe)
    }
    let run = try ClassificationRun(typed)
    #expect(run.data.train.width == size)
    #expect(run.settings.data.imageSize == (grew ? size : nil))
    let lines = try #require(run.weights).lines
    #expect(lines.contains { $0.hasPrefix("images are enlarged to 48x48") } == grew)
    #expect(!lines.contains { $0.contains("brings them to the same") } || !grew)
    let resumed = try ClassificationRun(run.settings.open, loadsInitialWeights: false)
    #expect(resumed.data.train.width == size)
  }

  /// A file of BMP, 24 bits a pixel.
  private func bitmap(side: Int, level: UInt8) -> [UInt8] {
    func four(_ number: Int) -> [UInt8] { (0..<4).map { UInt8(number >> (8 * $0) & 255) } }
    var pixels: [UInt8] = []
    for place in 0..<side * side { pixels += [level, UInt8(place & 255), 90] }
    var file: [UInt8] = [66, 77]
    for number in [54 + pixels.count, 0, 54, 40, side, side] { file += four(number) }
    file += [1, 0, 24, 0]
    for number in [0, pixels.count, 0, 0, 0, 0] { file += four(number) }
    return file + pixels
  }
}

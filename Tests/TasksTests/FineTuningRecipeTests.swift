import Datasets
import Planning
import Settings
import Testing
import Vision

@testable import Tasks

private let data = Shapes.classification(train: 60, test: 25, size: 16, seed: 2)

@Suite struct `The recipe for a linear probe` {
  @Test(arguments: [(100, true, 9), (400, true, 7), (1_653, true, 2), (100, false, 1)])
  func `has more views of few images`(images: Int, mirrors: Bool, views: Int) throws {
    let model = try Models.classifiers.entry(named: "efficientnet-lite0")
    let recipe = FineTuning(
      RunSettings { $0.model.freeze = FreezeRule("backbone") }, model, images: images,
      side: 96, arePhotographs: true, mirrors: mirrors)
    #expect(recipe.settings.model.featureViews == views)
  }

  /// An epoch shows one view of each image.
  @Test(arguments: [(1.0, 1), (2.5, 3), (100, 9)])
  func `has no more views than epochs`(epochs: Double, views: Int) throws {
    let recipe = FineTuning(
      RunSettings { ($0.model.freeze, $0.budget.epochs) = (FreezeRule("backbone"), epochs) },
      try Models.classifiers.entry(named: "efficientnet-lite0"), images: 100, side: 96,
      arePhotographs: true, mirrors: true)
    #expect(recipe.settings.model.featureViews == views)
  }

  @Test(arguments: ["mixup", "dropout"])
  func `keeps the norms and drops nothing also where features are computed in each update`(
    key: String
  ) throws {
    var typed = RunSettings { $0.model.freeze = FreezeRule("backbone") }
    try typed.set(key, to: "0.2")
    let settings = FineTuning(
      typed, try Models.classifiers.entry(named: "efficientnet-lite0"), images: 500, side: 96,
      arePhotographs: true, mirrors: true
    ).settings
    #expect(settings.model.frozenNorm == true && settings.model.cachedFeatures == nil)
    #expect(settings.optimizer.dropout == 0 && settings.optimizer.stochasticDepth == 0)
    #expect(settings.augmentation.cropScale != nil)
  }

  @Test(arguments: [
    (["layer-decay": "0.5"], "left out with --freeze backbone"),
    (["feature-views": "2", "cutout": "4"], "at least 3 with --cutout"),
    (["feature-views": "2", "crop-padding": "2"], "at least 3 with --crop-padding"),
  ])
  func `refuses what would change nothing`(values: [String: String], words: String) throws {
    let typed = RunSettings { settings in
      (settings.model.freeze, settings.model.weights) = (FreezeRule("backbone"), "a.pth")
      for (key, value) in values { try? settings.set(key, to: value) }
    }
    let model = try Models.classifiers.entry(named: "efficientnet-lite0")
    let error = #expect(throws: SettingsError.self) {
      var settings = typed
      try settings.fillForFineTuning(typed, model, of: data)
    }
    #expect("\(try #require(error))".contains(words))
  }

  @Test(arguments: [
    [:], ["feature-views": "1"], ["feature-views": "2"], ["feature-views": "5"], ["epochs": "1"],
    ["epochs": "1", "flip": "true"], ["steps": "40"], ["flip": "false"],
  ])
  func `has settings with which it can be resumed and repeated`(values: [String: String]) throws {
    let typed = try RunSettings { settings in
      (settings.model.freeze, settings.model.weights) = (FreezeRule("backbone"), "a.pth")
      for (key, value) in values { try settings.set(key, to: value) }
    }
    let model = try Models.classifiers.entry(named: "efficientnet-lite0")
    var first = typed
    try first.fillForFineTuning(typed, model, of: data)
    var again = first
    try again.fillForFineTuning(first, model, of: data)
    #expect(again == first)
  }

  /// Of 100 images in batches of 16 there are six batches, and two updates of four batches at most.
  @Test func `has as many updates where several batches make one`() throws {
    func epochs(_ accumulate: Int?) throws -> Double? {
      FineTuning(
        RunSettings { ($0.model.freeze, $0.budget.accumulate) = (FreezeRule("backbone"), accumulate) },
        try Models.classifiers.entry(named: "efficientnet-lite0"), images: 100, side: 96, arePhotographs: true,
        mirrors: true
      ).settings.budget.epochs
    }
    #expect(try epochs(4) == 300 && epochs(nil) == 96, "600 updates")
  }

  @Test func `is evaluated some ten times, also where its updates are typed`() throws {
    let recipe = FineTuning(
      RunSettings { ($0.model.freeze, $0.budget.steps) = (FreezeRule("backbone"), 600) },
      try Models.classifiers.entry(named: "efficientnet-lite0"), images: 160, side: 96,
      arePhotographs: true, mirrors: true)
    #expect(recipe.settings.evaluation.evaluateEvery == 6, "600 updates of 16 are 60 epochs")
  }

  @Test(arguments: [
    ("crop-padding", "2"), ("crop-scale", "0.5,1"), ("mixup", "0.2"), ("dropout", "0.1"),
    ("frozen-norm", "false"),
  ])
  func `is not made where images or features are changed each time`(
    key: String, text: String
  ) throws {
    let model = try Models.classifiers.entry(named: "efficientnet-lite0")
    let plain = RunSettings { $0.model.freeze = FreezeRule("backbone") }
    var typed = plain
    try typed.set(key, to: text)
    func caches(_ typed: RunSettings) -> Bool {
      FineTuning(typed, model, images: 500, side: 96, arePhotographs: true, mirrors: true)
        .settings.model.cachedFeatures == true
    }
    #expect(caches(plain) && !caches(typed))
    // What is typed as it is anyway, and an augmentation that does nothing, change no feature.
    for (key, text) in [("flip", "true"), ("color-jitter", "0,0,0,0"), ("crop-scale", "1,1")] {
      var same = plain
      try same.set(key, to: text)
      #expect(caches(same), "\(key)")
    }
    typed.model.cachedFeatures = true
    typed.model.weights = "a.pth"
    let error = #expect(throws: SettingsError.self) {
      var settings = typed
      try settings.fillForFineTuning(typed, model, of: data)
    }
    #expect("\(try #require(error))".contains("left out with --"))
  }
}

@Suite struct `The recipe for fine-tuning` {
  private func recipe(_ name: String, images: Int, photographs: Bool = true) throws -> RunSettings {
    FineTuning(
      RunSettings(), try Models.classifiers.entry(named: name), images: images, side: 96,
      arePhotographs: photographs, mirrors: true
    ).settings
  }

  @Test(arguments: [
    ("resnet-18", OptimizerName.sgd, 0.9), ("efficientnet-lite0", .adamw, 0.9),
    ("mobilenet-v3-small", .adamw, 0.9), ("vit-tiny-16", .adamw, 0.75),
    ("convnext-tiny", .adamw, 0.75),
  ])
  func `follows from the kind of network`(
    name: String, optimizer: OptimizerName, decay: Double
  ) throws {
    let settings = try recipe(name, images: 1_000)
    #expect(settings.optimizer.name == optimizer && settings.optimizer.layerDecay == decay)
  }

  @Test(arguments: [
    (5, 5, 60.0, true), (100, 16, 60, false), (1_653, 33, 15, false), (50_000, 128, 5, false),
  ])
  func `follows from the number of images`(
    images: Int, batch: Int, epochs: Double, keepsStatistics: Bool
  ) throws {
    let settings = try recipe("efficientnet-lite0", images: images)
    #expect(settings.budget.batchSize?.images == batch && settings.budget.epochs == epochs)
    #expect(settings.model.frozenNorm == keepsStatistics)
  }

  @Test func `crops photographs alone`() throws {
    #expect(try recipe("resnet-18", images: 100).augmentation.cropScale?.range == 0.35...1)
    #expect(
      try recipe("resnet-18", images: 100, photographs: false).augmentation.cropScale == nil)
  }
}

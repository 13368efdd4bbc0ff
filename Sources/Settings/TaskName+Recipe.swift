import Datasets

extension TaskName {
  /// The settings of a run of the task where the user gives none.
  ///
  /// What depends on the data is added when the data are read.
  public var recipe: RunSettings {
    var recipe = RunSettings()
    recipe.data.task = self
    recipe.schedule.baseMomentum = 0.85
    recipe.schedule.maxMomentum = 0.95
    recipe.augmentation.flip = true
    recipe.machine.seed = 1
    recipe.machine.device = "auto"
    recipe.evaluation.watch = .say
    switch self {
    case .classify: recipe.addClassification()
    case .segment: recipe.addSegmentation()
    case .detect: recipe.addDetection()
    }
    return recipe
  }
}

extension RunSettings {
  /// Returns these settings with what they leave open taken from a task's recipe.
  ///
  /// The weight decay of a classifier's recipe is SGD's. AdamW's stays open: it follows from the rates
  /// (`WeightDecayScale`).
  public func filled(fromRecipeOf task: TaskName) -> RunSettings {
    var filled = filled(from: task.recipe)
    if task == .classify, filled.optimizer.name == .adamw {
      filled.optimizer.weightDecay = self.optimizer.weightDecay
    }
    return filled
  }

  /// Made for Fashion-MNIST on two cores; `Benchmarks/recipe` keeps what it reaches there.
  fileprivate mutating func addClassification() {
    self.model.name = "resnet-11"
    self.budget.epochs = 7
    self.budget.batchSize = 128
    self.optimizer.name = .sgd
    self.optimizer.nesterov = true
    self.optimizer.weightDecay = 5e-4
    self.optimizer.labelSmoothing = 0.1
    self.augmentation.cropPadding = 0
    self.machine.checkpointEvery = 500
  }

  fileprivate mutating func addSegmentation() {
    self.model.name = "unet-16"
    self.model.loss = LossTerms([.crossEntropy, .dice])
    self.budget.epochs = 20
    self.budget.batchSize = 8
    self.optimizer.name = .adamw
    self.optimizer.weightDecay = 1e-2
    self.machine.checkpointEvery = 200
  }

  fileprivate mutating func addDetection() {
    self.model.name = "fcos-narrow"
    self.model.frozenNorm = false
    self.budget.epochs = 60
    self.budget.batchSize = 8
    self.optimizer.name = .adamw
    self.optimizer.weightDecay = 0.05
    self.optimizer.clipNorm = 10
    self.evaluation.ema = 0.998
    self.rangeTest.minLR = 1e-5
    self.rangeTest.maxLR = 1
    self.machine.checkpointEvery = 500
    self = filled(from: RunSettings(BoxAugmentation.usual))
  }
}

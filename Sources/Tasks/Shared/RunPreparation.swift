import Datasets
import Formatting
import Machine
import Planning
import Schedules
import Settings
import Torch
import Training
import Vision

/// What every task's run begins with: settings with the task's recipe, data source, model and device.
struct RunPreparation<Model: ModelEntry> {
  /// The settings so far.
  var open: RunSettings
  /// Where the data lie.
  let source: DataSource
  /// The model that the settings name.
  let model: Model
  /// The device to train on.
  let device: Device
  /// The weights to begin with, if the settings name any that are to be loaded.
  let weights: WeightsSource?

  /// Fills in a task's recipe, checks the settings, finds source and model, and makes LibTorch ready.
  ///
  /// - Parameters:
  ///   - fallback: the source where the settings name none.
  ///   - loadsInitialWeights: whether the weights that the settings name are loaded; a checkpoint's replace them.
  /// - Throws: `SettingsError`, `DataError`, `UnknownName`, `UnknownWeights`, `FetchError`, `DeviceError`.
  init(
    _ typed: RunSettings, for task: TaskDescription, from models: Catalog<Model>,
    fallback: DataSource, loadsInitialWeights: Bool
  ) throws {
    open = try typed.withEncoderInName(of: models.heads).filled(fromRecipeOf: task)
    try open.check()
    source = try DataSource(named: open.data.source ?? fallback.name)
    open.data.source = source.name
    model = try models.entry(named: open.resolved.model.name)
    open.model.name = model.name
    let typedWeights = loadsInitialWeights ? open.model.weights : nil
    let weights = try typedWeights.map { [model] in try WeightsSource($0, for: model) }
    self.weights = weights
    open = open.filled(from: weights?.settings(for: task) ?? RunSettings())
    if let name = weights?.nameInSettings { open.model.weights = name }
    if let earlier = EarlierPreparation.current?.normalization {
      open.data.normalization = .fixed(ChannelStatistics(mean: earlier.mean, deviation: earlier.deviation))
    }
    device = try open.startLibrary()
  }
}

extension RunSettings {
  /// Returns the settings with the encoder in the model's name: `unet` and `resnet-18` are `unet-resnet-18`.
  ///
  /// - Parameter heads: the models that stand on any encoder, the one that is taken where none is named first.
  /// - Throws: `SettingsError` for a model that stands on no encoder of one's choice, and for a classifier without levels;
  ///   `UnknownName`.
  func withEncoderInName(of heads: [String]) throws -> RunSettings {
    if self.model.encoder == nil, let name = self.model.name,
      heads.contains(where: { foldedSpelling($0) == foldedSpelling(name) })
    {
      throw SettingsError.notAllowed(
        key: "model", value: name,
        allowed: "given with an --encoder, such as efficientnet-lite0; 'rondo doctor' lists them")
    }
    guard let encoder = self.model.encoder, let first = heads.first else { return self }
    var named = self
    let typed = self.model.name ?? first
    guard let head = heads.first(where: { foldedSpelling($0) == foldedSpelling(typed) }) else {
      throw SettingsError.notAllowed(
        key: "encoder", value: encoder,
        allowed:
          "left out with --model \(typed); it is for --model \(heads.joined(separator: " or "))")
    }
    if let classifier = Models.classifiers[encoder], classifier.encoder == nil {
      throw SettingsError.notAllowed(
        key: "encoder", value: encoder,
        allowed: "a model with stages: "
          + listed(Models.encoders.names, insteadOf: encoder, by: "rondo doctor"))
    }
    named.model.name = "\(head)-\(try Models.encoders.entry(named: encoder).name)"
    named.model.encoder = nil
    return named
  }

  /// Checks that neither an encoder nor a model is typed that other tasks have, and this one has not.
  ///
  /// - Throws: `SettingsError` with the tasks that have it.
  func checkModel(for task: TaskDescription) throws {
    let own = VisionTask.named(task)
    if let encoder = self.model.encoder, own.heads.isEmpty {
      let others = VisionTask.all.filter { !$0.heads.isEmpty }.map {
        "--model \($0.heads.joined(separator: " or ")) with --task \($0.name.rawValue)"
      }
      throw SettingsError.notAllowed(
        key: "encoder", value: encoder,
        allowed: "left out with --task \(task.rawValue), which is this run's; it is for "
          + others.joined(separator: " and "))
    }
    guard let model = self.model.name, !own.has(model),
      let other = VisionTask.all.first(where: { $0.has(model) })
    else { return }
    throw SettingsError.notAllowed(
      key: "model", value: model,
      allowed: "a model of --task \(task.rawValue), which is this run's; \(model) is one of --task "
        + "\(other.name.rawValue) ('rondo doctor' lists the models of each)")
  }

  /// Makes LibTorch ready as the settings say, and puts down what they leave to it.
  ///
  /// - Returns: the device to train on.
  /// - Throws: `DeviceError` for one that is not there; `SettingsError` for a precision that it lacks.
  fileprivate mutating func startLibrary() throws -> Device {
    let device = try Device(named: resolved.machine.device)
    self.machine.device = device.deviceName
    if self.machine.precision == .float16, device == .cpu {
      throw SettingsError.notAllowed(
        key: "precision", value: "float16", allowed: "float32 or bfloat16 on a CPU")
    }
    if self.machine.precision == nil {
      self.machine.precision = device.multipliesBFloat16 ? .bfloat16 : .float32
    }
    Library.start()
    if let threads = self.machine.threads {
      try Library.setThreads(threads)
    } else if let group = ProcessGroup.current, group.localSize > 1 {
      try group.setThreads()
    } else if !Library.threadsAreChosen {
      // Another program's core would have all threads wait for the one on it.
      try Library.setThreads(FreeCores.now.count)
    }
    self.machine.threads = Library.threads
    // The run's device is that of process 0, and the others have theirs beside it.
    return try ProcessGroup.current?.device(of: device.deviceName) ?? device
  }
}

extension ProcessGroup {
  /// Divides the cores among the processes of this machine, unless the number of threads was chosen.
  ///
  /// Of processes that start at once each takes the others for other programs. torchrun sets one thread for each.
  func setThreads() throws {
    guard localSize > 1, !Library.threadsAreChosen || LaunchedProcess.limitsThreads else { return }
    try Library.setThreads(max(1, Cores.usable / localSize))
  }
}

extension ResolvedSettings {
  /// Initializes a new network as the settings say, loads the weights that they name, and moves it to a device.
  ///
  /// Settings of batch norms are left out where it has none.
  ///
  /// - Parameters:
  ///   - typed: the settings as they were given.
  ///   - budget: the run's budget, as far as it is known before its speed is.
  ///   - classNames: the names of the network's classes; nil where its heads are not for classes by name.
  ///   - source: the weights to begin with.
  ///   - seen: how an image becomes what the network sees, where that is as with photographs.
  ///   - isEnlarged: whether images were brought to a larger size for the weights.
  /// - Returns: what was loaded.
  /// - Throws: `SettingsError` for parameters that the settings name and the network has not; `FetchError`,
  ///   `SafetensorsError`, `PyTorchFileError`, `WeightsError`.
  mutating func prepare(
    _ network: any Module, _ typed: RunSettings, for budget: Budget, classNames: [String]?,
    from source: WeightsSource?,
    seeing seen: Preprocessing? = nil, isEnlarged: Bool = false, on device: Device
  ) throws -> LoadedWeights? {
    _ = try makeGroups(self, for: network)
    // What minutes hold is not known yet.
    _ = try Freezing(self, for: network, in: needsPace ? nil : budget)
    network.initialize(seed: self.machine.seed)
    var weights = try source.map {
      try LoadedWeights($0.locate(), into: network, classNames: classNames)
    }
    weights?.notes = source?.notes(self, seeing: seen, isEnlarged: isEnlarged) ?? []
    if let heads = weights?.newHeads, !heads.isEmpty {
      if self.model.zeroHead {
        try network.clear(heads)
        weights?.notes.append("head: initialized to 0, since the weights have none for these classes")
      }
      if let choice = self.freezing, choice.end == nil,
        let head = heads.first(where: { choice.rule.claims($0 + ".weight", heads: nil) })
      {
        weights?.notes.append(
          "note: --freeze \(choice.rule) keeps the head \(head), which the weights do not have, as it was initialized, so "
            + "it learns nothing")
      }
    } else if weights?.isBackbone == false {
      if typed.model.zeroHead == true {
        weights?.notes.append("note: --zero-head changes nothing: the weights have a head for these classes")
      }
      if typed.model.headFirst != nil {
        weights?.notes.append(
          "note: the weights have a head for these classes, and --head-first trains it alone at first")
      }
    }
    // What lies on an encoder begins at random, and has no statistics to keep.
    let body = (network as? any BackboneNetwork)?.encoder ?? network
    if !body.hasBatchNorms {
      if typed.model.frozenNorm == true {
        weights?.notes.append(
          "note: --frozen-norm changes nothing: \(self.model.name) has no batch norms")
      }
      self.open.model.frozenNorm = nil
    } else if self.model.frozenNorm {
      body.freezeBatchNorms()
    }
    if self.model.syncBatchNorm { network.synchronizeBatchNorms() }
    network.useChannelsLast()
    network.move(to: device)
    return weights
  }
}

extension Module {
  /// Sets the parameters to 0 whose names begin with one of these.
  fileprivate func clear(_ prefixes: [String]) throws {
    try checked {
      withoutGradient {
        for (name, parameter) in namedParameters
        where prefixes.contains(where: { name.hasPrefix($0 + ".") }) {
          parameter.value.copy(from: .zeros(parameter.value.shape))
        }
      }
    }
  }
}

import Datasets
import Machine
import Planning
import Schedules
import Settings
import Torch
import Training
import Vision
import Words

/// What every task's run begins with: settings with the task's recipe, data source, model and device.
struct RunPreparation<Model: CatalogEntry> {
  /// The settings so far.
  var open: RunSettings
  /// Where the data lie.
  let source: DataSource
  /// The model that the settings name.
  let model: Model
  /// The device to train on.
  let device: Device

  /// Fills in a task's recipe, checks the settings, finds source and model, and makes LibTorch ready.
  ///
  /// - Parameter fallback: the source where the settings name none.
  /// - Throws: `SettingsError`, `DataError`, `UnknownName`, `DeviceError`.
  init(
    _ typed: RunSettings, for task: TaskDescription, from models: Catalog<Model>,
    fallback: DataSource
  ) throws {
    open = typed.filled(fromRecipeOf: task)
    try open.check()
    source = try DataSource(named: open.data.source ?? fallback.name)
    open.data.source = source.name
    model = try models.entry(named: open.resolved.model.name)
    open.model.name = model.name
    device = try open.startLibrary()
  }
}

extension RunSettings {
  /// Makes LibTorch ready as the settings say, and puts down what they leave to it.
  ///
  /// - Returns: the device to train on.
  /// - Throws: `DeviceError` for one that is not there; `SettingsError` for a precision that it lacks.
  fileprivate mutating func startLibrary() throws -> Device {
    let device = try Device(named: resolved.machine.device)
    self.machine.device = device.name
    if self.machine.precision == .float16, device == .cpu {
      throw SettingsError.outOfRange(
        key: "precision", value: "float16", allowed: "float32 or bfloat16 on a CPU")
    }
    if self.machine.precision == nil {
      self.machine.precision = device.multipliesBFloat16 ? .bfloat16 : .float32
    }
    Library.start()
    if let threads = self.machine.threads {
      try Library.setThreads(threads)
    } else if let group = ProcessGroup.current, group.localSize > 1 {
      // Of processes that start at once each takes the others for other programs. torchrun sets one thread for each.
      if !Library.threadsAreChosen || LaunchedProcess.limitsThreads {
        try Library.setThreads(max(1, Cores.usable / group.localSize))
      }
    } else if !Library.threadsAreChosen {
      // Another program's core would have all threads wait for the one on it.
      try Library.setThreads(FreeCores.now.count)
    }
    self.machine.threads = Library.threads
    return device
  }
}

extension ResolvedSettings {
  /// Initializes a new network as the settings say, loads the weights that they name, and moves it to a device.
  ///
  /// - Parameters:
  ///   - budget: the run's budget, as far as it is known before its speed is.
  ///   - classNames: what the network tells apart by name; nil where its heads are not for classes by name.
  ///   - loadsInitialWeights: whether the weights are loaded; a checkpoint's replace them.
  /// - Returns: what was loaded, if a file was named.
  /// - Throws: `SettingsError` for parameters that the settings name and the network has not;
  ///   `SafetensorsError`, `PyTorchFileError`, `WeightsError`.
  func prepare(
    _ network: any Module, for budget: Budget, classNames: [String]?, loadsInitialWeights: Bool,
    on device: Device
  ) throws -> LoadedWeights? {
    _ = try makeGroups(self, for: network)
    // What minutes hold is not known yet.
    _ = try Freezing(self, for: network, in: needsPace ? nil : budget)
    network.initialize(seed: self.machine.seed)
    let weights =
      try loadsInitialWeights
      ? self.model.weights.map { try LoadedWeights($0, into: network, classNames: classNames) }
      : nil
    if self.model.frozenNorm { network.freezeBatchNorms() }
    if self.model.syncBatchNorm { network.synchronizeBatchNorms() }
    network.useChannelsLast()
    network.move(to: device)
    return weights
  }
}

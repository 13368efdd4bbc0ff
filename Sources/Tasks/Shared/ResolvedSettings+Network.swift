import Planning
import Schedules
import Settings
import Torch
import Training
import Vision

extension ResolvedSettings {
  /// Initializes a new network as the settings say, loads the weights that they name, and moves it to a device.
  ///
  /// - Parameters:
  ///   - budget: the run's budget, as far as it is known before its speed is.
  ///   - classNames: what the network tells apart by name; nil where its heads are not for classes by name.
  ///   - loadsInitialWeights: whether the weights are loaded; a checkpoint's replace them.
  /// - Returns: what was loaded, if a file was named.
  /// - Throws: `SettingsError` for parameters that the settings name and the network has not;
  ///   `SafetensorsError`, `WeightsError`.
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
    network.useChannelsLast()
    network.move(to: device)
    return weights
  }
}

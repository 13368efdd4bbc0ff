/// A normalization of groups of channels of each image [N, C, H, W], the same in training and evaluation.
///
/// - Source: Wu, He, *Group Normalization* (2018).
public final class GroupNorm: Layer, InitializableModule {
  /// The weight, [C]: what each normalized channel is multiplied by.
  public let weight: Parameter
  /// The bias, [C]: what is added to each channel.
  public let bias: Parameter
  private let groups: Int

  /// Creates a norm of this many channels in groups.
  ///
  /// - Precondition: the groups divide the channels.
  public init(_ features: Int, groups: Int) {
    precondition(features % groups == 0, "\(features) channels do not make \(groups) groups.")
    weight = Parameter(.ones([features]))
    bias = Parameter(.zeros([features]))
    self.groups = groups
  }

  /// Returns the normalized images.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    groupNormalize(x, groups: groups, weight: weight.value, bias: bias.value)
  }

  /// Initializes the norm to the identity.
  public func initialize(nextSeed: () -> UInt64) {
    weight.value.copy(from: .ones(weight.value.shape))
    bias.value.copy(from: .zeros(bias.value.shape))
  }
}

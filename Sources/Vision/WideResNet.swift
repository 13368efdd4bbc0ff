import Torch

extension PreActivationResNet {
  /// Creates a wide residual network, such as WRN-28-10: depth 28, ten times as wide.
  ///
  /// Three stages of (depth - 4) / 6 blocks, 16, 32 and 64 channels wide times `widening`.
  ///
  /// - Parameters:
  ///   - dropout: the probability with which numbers between a block's convolutions are dropped in
  ///     training; the paper takes 0.3 where it drops.
  ///   - stochasticDepth: the probability that training passes the last block by.
  /// - Precondition: `depth` is 6n + 4.
  /// - Source: Zagoruyko, Komodakis, *Wide Residual Networks* (2016), table 1, B(3, 3).
  public convenience init(
    depth: Int, widening: Int, channels: Int, classes: Int, dropout: Double = 0,
    stochasticDepth: Double = 0
  ) {
    precondition(depth >= 10 && depth % 6 == 4, "A depth of \(depth) is not 6n + 4.")
    self.init(
      blocks: (depth - 4) / 6, widths: [16, 32, 64].map { $0 * widening }, channels: channels,
      classes: classes, stochasticDepth: stochasticDepth
    ) {
      PreActivationBlock(
        $0.inputs, $0.outputs, stride: $0.stride, dropout: dropout, dropping: $0.dropping)
    }
  }
}

extension PreActivationResNet {
  static let wideEntries = [(16, 4), (28, 10)].map { depth, widening in
    ClassifierEntry(
      "wide-resnet-\(depth)-\(widening)", aliases: ["wrn-\(depth)-\(widening)"],
      "Zagoruyko, Komodakis (2016)", dropout: 0, hasStochasticDepth: true
    ) {
      PreActivationResNet(
        depth: depth, widening: widening, channels: $0.channels, classes: $0.classes,
        dropout: $0.dropout, stochasticDepth: $0.stochasticDepth)
    }
  }
}

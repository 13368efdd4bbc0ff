import Numbers

/// How long a linear probe is trained: a head on features that are computed once.
public enum LinearProbe {
  /// The updates after which a head has learned what it will, at least ten epochs.
  public static func updates(perEpoch: Double) -> Int {
    max(600, Int(clamping: (10 * perEpoch).rounded()))
  }
}

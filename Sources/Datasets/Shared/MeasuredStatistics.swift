import Synchronization

/// Statistics of a set of images that are measured when they are first wanted: evaluation images are read for nothing
/// else, and neither are training images that are normalized by given statistics.
final class MeasuredStatistics: Sendable {
  private let known = Mutex<ChannelStatistics?>(nil)
  private let measure: @Sendable () -> ChannelStatistics

  init(_ measure: @escaping @Sendable () -> ChannelStatistics) { self.measure = measure }

  /// The statistics; of several threads that ask for them one measures.
  var value: ChannelStatistics {
    known.withLock { known in
      let value = known ?? measure()
      known = value
      return value
    }
  }
}

import Datasets
import Torch

extension ProcessGroup {
  /// Reads data by a body, within `together`; of several processes the first one finds files and annotations for all.
  static func discoveringOnce<Data>(_ body: () throws -> Data) throws -> Data {
    let share = SharedDiscovery.Share { try broadcastInTogether("files", $0) }
    return try SharedDiscovery.$share.withValue(share, operation: body)
  }
}

import Foundation

/// What files are fetched for, and so where they go.
public enum FetchPurpose: Sendable, Hashable {
  /// A published data set's files.
  case data
  /// A file of pretrained weights.
  case weights

  /// The variable that names another folder for them.
  var folderVariable: String {
    switch self {
    case .data: "RONDO_DATA"
    case .weights: "RONDO_CACHE"
    }
  }

  /// How another server is named.
  var otherServer: String {
    switch self {
    case .data: "use another server with --from"
    case .weights: "name another server in RONDO_MIRROR"
    }
  }
}

/// A file that is offered at an address, and by what it is known.
public struct RemoteFile: Sendable, Hashable {
  /// Its name, for display.
  public var name: String
  /// Where it is offered: an address, or the path of a file.
  public var url: String
  /// The sum that its publisher names; nil where none is known.
  public var checksum: Checksum?
  /// Its size, where it is known.
  public var size: PublishedSize?
  /// What it is for.
  public var purpose: FetchPurpose
  /// What can be done where it cannot be fetched: "put X into Y".
  public var instead: String
}

/// What has come of a file, and by which sum it was compared.
public struct FetchedFile: Sendable, Hashable {
  /// Its bytes.
  public var bytes: Int
  /// Its sum, whole.
  public var sum: Checksum
  /// Whether it was compared with a sum: the table's, or the one that its server names beside it.
  public var isCompared: Bool
  /// The sum that its server named beside it.
  var stated: Checksum?
}

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

/// A file that is downloaded from an address, and how it is identified.
public struct RemoteFile: Sendable, Hashable {
  /// The name of the file, for display.
  public var name: String
  /// The address from which the file is downloaded, or the path of a file.
  public var url: String
  /// The sum that its publisher names; nil where none is known.
  public var checksum: Checksum?
  /// The size, where it is known.
  public var size: PublishedSize?
  /// What the file is for: data or weights.
  public var purpose: FetchPurpose
  /// What can be done where it cannot be fetched: "put X into Y".
  public var instead: String
}

/// What has come of a file, and by which sum it was compared.
public struct FetchedFile: Sendable, Hashable {
  /// The size in bytes.
  public var bytes: Int
  /// The whole checksum.
  public var sum: Checksum
  /// Whether it was compared with a sum: the table's, or the one that its server names beside it.
  public var isCompared: Bool
  /// The sum that its server named beside it.
  var stated: Checksum?
}

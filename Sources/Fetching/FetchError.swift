import Formatting
import Foundation

/// Why a file could not be fetched.
public enum FetchError: Error, Equatable {
  /// A server that cannot be reached, and what can be done instead.
  case unreachable(RemoteFile, reason: String)
  /// A connection that broke, again and again; so many bytes are kept.
  case broken(RemoteFile, reason: String, kept: Int)
  /// A server that answers with a status other than success.
  case refused(RemoteFile, status: Int)
  /// A redirection that is not followed: to where, and why.
  case badRedirect(RemoteFile, to: String, reason: String)
  /// A web page in the place of the file, as proxies and portals return it.
  case webPage(RemoteFile)
  /// A file that is not the one that was published, by its sum; nothing is kept of it.
  case wrongSum(RemoteFile, expected: Checksum, found: Checksum)
  /// A file that is not the one that was published, by its size; nothing is kept of it.
  case wrongSize(RemoteFile, expected: Int, found: Int)
  /// A file that was put in the place of a published one, and is another.
  case otherFile(path: String, expected: Checksum, found: Checksum)
  /// A file in the place of a published one that has another size: it is truncated, or another.
  case otherSize(path: String, expected: Int, found: Int)
  /// A file in the place of one from an archive, and not the same.
  case otherContent(path: String)
  /// An archive that has not what it should have.
  case badArchive(String, reason: String)
  /// A place that cannot be written.
  case cannotWrite(path: String, reason: String, purpose: FetchPurpose)
  /// A file that another process is fetching.
  case busy(path: String)
  /// A name of a data set that cannot be fetched.
  case unknown(name: String, known: [String], nearest: String?)
  /// An address that is none.
  case badAddress(String)
  /// A program that was built without what speaks to servers.
  case noNetwork(RemoteFile)
}

extension FetchError: DescribedError {
  /// One sentence: what, where, and what to do.
  public var description: String {
    switch self {
    case .unreachable(let file, let reason):
      "\(file.url) cannot be reached (\(reason)); try again with a network connection, or \(file.instead)."
    case .broken(let file, let reason, let kept):
      "The connection to \(file.url) broke (\(reason)); "
        + (kept > 0
          ? "\(kept) bytes are kept, and the same command continues behind them."
          : "nothing is kept, since its server names neither a checksum nor a version of what came; try again.")
    case .refused(let file, let status):
      "\(file.url) returned status \(status); try again later, or \(file.instead)."
    case .badRedirect(let file, let target, let reason):
      "\(file.url) redirects to \(target), which is not followed: \(reason); "
        + "\(file.purpose.otherServer), or \(file.instead)."
    case .webPage(let file):
      "\(file.url) returned a web page, not the file, as a proxy or a login page does; try again from another "
        + "network, or \(file.instead)."
    case .wrongSum(let file, let expected, let found):
      "\(file.url) is not the file that was published: \(Self.difference(of: found, from: expected)); "
        + "nothing was kept, so try again, or \(file.purpose.otherServer)."
    case .wrongSize(let file, let expected, let found):
      "\(file.url) is not the file that was published: it has \(found) bytes, and should have \(expected); "
        + "nothing was kept, so try again, or \(file.purpose.otherServer)."
    case .otherFile(let path, let expected, let found):
      "\(path) is not the file that was published: \(Self.difference(of: found, from: expected)); "
        + "move it away and try again."
    case .otherSize(let path, let expected, let found):
      "\(path) is truncated, or not the file that was published: it has \(found) bytes, and should have "
        + "\(expected); move it away and try again."
    case .otherContent(let path):
      "\(path) exists already, and differs from the archive's file of that name; move it away and try "
        + "again."
    case .badArchive(let archive, let reason):
      "\(archive) cannot be unpacked: \(reason)."
    case .cannotWrite(let path, let reason, let purpose):
      "\(path) cannot be written: \(reason); free space, change the permissions, or set another folder in "
        + "\(purpose.folderVariable)."
    case .busy(let path):
      "\(path) is being fetched by another process; wait for it, or stop it."
    case .unknown(let name, let known, let nearest):
      "There is no data set '\(name)' to fetch" + (nearest.map { "; did you mean '\($0)'?" } ?? ".")
        + " Known names: \(known.joined(separator: ", "))."
    case .badAddress(let address):
      "'\(address)' is not an address; use one that begins with http:// or https://, or a folder where "
        + "weights are fetched from a mirror."
    case .noNetwork(let file):
      "This rondo was built without network support (RONDO_NETWORK=none); \(file.instead)."
    }
  }

  private static func difference(of found: Checksum, from expected: Checksum) -> String {
    "its \(found.name) sum is \(found.digits), and should "
      + (expected.isWhole ? "be" : "begin with") + " \(expected.digits)"
  }

  /// Whether the input must be corrected, so that trying again would not help.
  ///
  /// This always holds for weights: training has not begun, and another file can be named.
  public var isBadInput: Bool {
    switch self {
    case .unknown, .badAddress, .cannotWrite, .busy, .otherFile, .otherSize, .otherContent: true
    case .badArchive: false
    case .unreachable(let file, _), .broken(let file, _, _), .refused(let file, _),
      .badRedirect(let file, _, _), .webPage(let file), .wrongSum(let file, _, _),
      .wrongSize(let file, _, _), .noNetwork(let file):
      file.purpose == .weights
    }
  }
}

import Foundation
import Words

/// Why a file could not be fetched.
public enum FetchError: Error, Equatable {
  /// A server that cannot be reached, and what can be done instead.
  case unreachable(url: String, reason: String, instead: String)
  /// A connection that broke, again and again; so many bytes are kept.
  case broken(url: String, reason: String, kept: Int)
  /// A server that answers with a status other than success.
  case refused(url: String, status: Int, instead: String)
  /// A file that is not the one that was published; nothing is kept of it.
  case wrongSum(url: String, expected: String, found: String)
  /// A file that was put in the place of a published one, and is another.
  case otherFile(path: String, expected: String, found: String)
  /// A file in the place of one from an archive, and not the same.
  case otherContent(path: String)
  /// An archive that has not what it should have.
  case badArchive(String, reason: String)
  /// A place that cannot be written.
  case cannotWrite(path: String, reason: String)
  /// A file that another process is fetching.
  case busy(path: String)
  /// A name of a data set that cannot be fetched.
  case unknown(name: String, known: [String], nearest: String?)
  /// An address that is none.
  case badAddress(String)
  /// A program that was built without what speaks to servers.
  case noNetwork(instead: String)
}

extension FetchError: DescribedError {
  /// One sentence: what, where, and what to do.
  public var description: String {
    switch self {
    case .unreachable(let url, let reason, let instead):
      "\(url) cannot be reached (\(reason)); try again with a network connection, or \(instead)."
    case .broken(let url, let reason, let kept):
      "The connection to \(url) broke (\(reason)); \(kept) bytes are kept, and the same command continues "
        + "behind them."
    case .refused(let url, let status, let instead):
      "\(url) returned status \(status); try again later, or \(instead)."
    case .wrongSum(let url, let expected, let found):
      "\(url) is not the file that was published: its MD5 sum is \(found), and should be \(expected); "
        + "nothing was kept, so try again, or use another server with --from."
    case .otherFile(let path, let expected, let found):
      "\(path) is not the file that was published: its MD5 sum is \(found), and should be \(expected); "
        + "move it away and try again."
    case .otherContent(let path):
      "\(path) exists already, and differs from the archive's file of that name; move it away and try "
        + "again."
    case .badArchive(let archive, let reason):
      "\(archive) cannot be unpacked: \(reason)."
    case .cannotWrite(let path, let reason):
      "\(path) cannot be written: \(reason); free space, change the permissions, or set another folder in "
        + "RONDO_DATA."
    case .busy(let path):
      "\(path) is being fetched by another process; wait for it, or stop it."
    case .unknown(let name, let known, let nearest):
      "There is no data set '\(name)' to fetch" + (nearest.map { "; did you mean '\($0)'?" } ?? ".")
        + " Known are: \(known.joined(separator: ", "))."
    case .badAddress(let address):
      "'\(address)' is not an address; use one that begins with http:// or https://."
    case .noNetwork(let instead):
      "This rondo was built without network support (RONDO_NETWORK=none); \(instead)."
    }
  }

  /// Whether what was asked for must be mended, and not asked again.
  public var isBadInput: Bool {
    switch self {
    case .unknown, .badAddress, .cannotWrite, .busy, .otherFile, .otherContent: true
    case .unreachable, .broken, .refused, .wrongSum, .badArchive, .noNetwork: false
    }
  }
}

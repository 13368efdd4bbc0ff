import Foundation
import Numbers

/// Returns the system's words for the last failed call, or for a code of such a failure.
///
///     systemReason(ENOENT)    // "No such file or directory"
public func systemReason(_ code: Int32 = errno) -> String { String(cString: strerror(code)) }

/// Returns why a path cannot be opened, after a call that failed: of a link that leads nowhere, or around, it says so.
public func reasonNotOpened(_ path: String, _ code: Int32 = errno) -> String {
  var status = stat()
  guard [ENOENT, ELOOP].contains(code), lstat(path, &status) == 0,
    status.st_mode & S_IFMT == S_IFLNK
  else { return systemReason(code) }
  return code == ELOOP
    ? "it is a link that leads back to itself" : "it is a link to something that does not exist"
}

/// Returns the system's words for why Foundation could not do something with a file, without a full stop.
///
/// Foundation's own sentences name neither file nor cause as a system does ("The operation could not
/// be completed"), so they serve only where nothing better is known.
public func systemReason(of error: any Error) -> String {
  let error = error as NSError
  let cause = error.userInfo[NSUnderlyingErrorKey] as? NSError ?? error
  if cause.domain == NSPOSIXErrorDomain { return systemReason(Int32(cause.code)) }
  if cause.domain == NSCocoaErrorDomain,
    let code = systemCodes[CocoaError.Code(rawValue: cause.code)]
  {
    return systemReason(code)
  }
  let words = error.localizedDescription
  return words.hasSuffix(".") ? String(words.dropLast()) : words
}

/// Returns one sentence for any error: Rondo's own errors have it, those of the system have a cause.
public func sentence(for error: any Error) -> String {
  if let error = error as? any DescribedError { return "\(error)".endingInStop }
  return "the system refused: \(systemReason(of: error))."
}

extension String {
  /// The text with a period behind it, unless it ends with punctuation already.
  fileprivate var endingInStop: String {
    guard let last, last.isLetter || last.isNumber || ")]\"'%`".contains(last) else { return self }
    return self + "."
  }
}

private let systemCodes: [CocoaError.Code: Int32] = [
  .fileNoSuchFile: ENOENT, .fileReadNoSuchFile: ENOENT,
  .fileReadUnknown: EIO, .fileReadNoPermission: EACCES, .fileWriteNoPermission: EACCES,
  .fileWriteFileExists: EEXIST, .fileWriteOutOfSpace: ENOSPC, .fileWriteVolumeReadOnly: EROFS,
]

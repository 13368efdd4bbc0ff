import Foundation

/// The three files that every program begins with.
enum StandardStreams {
  /// Opens those that were closed (`rondo ... >&-`) for what they are not, so that using them fails, and no
  /// file that is opened later gets their numbers and with them the words of the program.
  static func open() {
    for (descriptor, flags) in [
      (STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY),
    ] where fcntl(descriptor, F_GETFD) < 0 {
      _ = Foundation.open("/dev/null", flags)
    }
  }
}

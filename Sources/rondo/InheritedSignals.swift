import Foundation

/// The signals that the program was started with held back.
enum InheritedSignals {
  /// Lets SIGINT, SIGTERM and SIGHUP through: a program that another one's thread starts may inherit that they are held
  /// back.
  static func letThrough() {
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, number) }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }
}

#if LIBTORCH
  import Foundation

  /// Ends the processes of `--processes` with the one that has started them, also where that was killed and could not
  /// end them.
  enum LauncherWatch {
    private static let variable = "RONDO_LAUNCHER"

    /// What tells a process which one has started it.
    static var environment: [String: String] { [variable: "\(getpid())"] }

    /// Looks every second whether the process that has started this one is there; once it is not, this one gets SIGTERM,
    /// as from a launcher that ends.
    static func begin() {
      guard let launcher = ProcessInfo.processInfo.environment[variable].flatMap({ pid_t($0) }) else { return }
      // What this process starts is its own.
      unsetenv(variable)
      Thread.detachNewThread {
        while getppid() == launcher { sleep(1) }
        Console.info("note: the process that started --processes has ended, and its processes end with it")
        kill(getpid(), SIGTERM)
      }
    }
  }
#endif

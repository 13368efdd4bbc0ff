#if LIBTORCH
  import Foundation
  import Synchronization
  import Torch

  /// Starts this program several times on this machine, as a launcher does, and waits for all.
  struct ProcessStarter {
    private let size: Int

    /// The seconds in which the others end by themselves when one has failed.
    private static let grace = 15.0

    /// Prepares to start so many processes.
    init(_ size: Int) { self.size = size }

    /// Starts the processes with this program's own arguments, waits for them, and ends the program as they ended.
    func run() throws -> Never {
      InheritedSignals.letThrough()
      // A program that was started with the ends of its children ignored would wait for them for ever.
      signal(SIGCHLD, SIG_DFL)
      let port = try ProcessGroup.freePort()
      var running: [pid_t: Int] = [:]
      do {
        for rank in 0..<size { running[try start(rank, port: port)] = rank }
      } catch {
        // Those that were started would wait for the others.
        running.keys.forEach { kill($0, SIGTERM) }
        throw error
      }
      Self.countSignals()
      var failures: [Ended] = []
      var (warning, deadline): (ContinuousClock.Instant?, ContinuousClock.Instant?)
      var passedOn = (terminations: 0, hangups: 0, interruptions: 0)
      while !running.isEmpty {
        if terminations.load(ordering: .relaxed) > passedOn.terminations {
          passedOn.terminations += 1
          running.keys.forEach { kill($0, SIGTERM) }
        }
        if hangups.load(ordering: .relaxed) > passedOn.hangups {
          passedOn.hangups += 1
          running.keys.forEach { kill($0, SIGHUP) }
        }
        if sentInterruptions.load(ordering: .relaxed) > passedOn.interruptions {
          passedOn.interruptions += 1
          running.keys.forEach { kill($0, SIGINT) }
        }
        for (child, rank) in running {
          var status: Int32 = 0
          guard waitpid(child, &status, WNOHANG) == child else { continue }
          running[child] = nil
          guard status != 0 else { continue }
          failures.append(Ended(rank: rank, status: status, isFirst: failures.isEmpty))
          guard deadline == nil else { continue }
          // They learn of it themselves, and process 0 says why.
          (warning, deadline) = (.now + .seconds(2), .now + .seconds(Self.grace))
        }
        if let time = warning, .now > time {
          warning = nil
          running.keys.forEach { kill($0, SIGTERM) }
        }
        if let deadline, .now > deadline { running.keys.forEach { kill($0, SIGKILL) } }
        usleep(20_000)
      }
      leave(failures)
    }

    /// Counts the signals that ask all to end.
    ///
    /// A terminal's Ctrl-C reaches all of its processes; what another process sends may reach this one alone, and is
    /// passed on.
    private static func countSignals() {
      signal(SIGTERM) { _ in terminations.add(1, ordering: .relaxed) }
      PauseSignals.keepIgnoring(SIGHUP, signal(SIGHUP) { _ in hangups.add(1, ordering: .relaxed) })
      var action = sigaction()
      let handle: @convention(c) (Int32, UnsafeMutablePointer<siginfo_t>?, UnsafeMutableRawPointer?) -> Void = {
        _, information, _ in
        interruptions.add(1, ordering: .relaxed)
        if information.map({ wasSent($0.pointee.si_code) }) == true {
          sentInterruptions.add(1, ordering: .relaxed)
        }
      }
      #if os(Linux)
        action.__sigaction_handler.sa_sigaction = handle
      #else
        action.__sigaction_u.__sa_sigaction = handle
      #endif
      action.sa_flags = SA_SIGINFO
      sigaction(SIGINT, &action, nil)
    }

    private struct Ended {
      let rank: Int
      let status: Int32
      let isFirst: Bool

      /// The signal that ended it, if one did.
      var signal: Int32? { status & 0x7F == 0 ? nil : status & 0x7F }
      /// The status with which it left.
      var code: Int32 { (status >> 8) & 0xFF }
    }

    /// Ends the program with what its processes ended with; says which of them ended without a word.
    private func leave(_ failures: [Ended]) -> Never {
      guard let first = failures.first else { ExitStatus.done.leave() }
      let received = [
        (SIGTERM, terminations.load(ordering: .relaxed)), (SIGHUP, hangups.load(ordering: .relaxed)),
        (SIGINT, interruptions.load(ordering: .relaxed)),
      ]
      if let number = received.first(where: { $0.1 > 0 })?.0 {
        signal(number, SIG_DFL)
        raise(number)
      }
      if let number = first.signal {
        Console.error(
          "rondo: process \(first.rank) of \(size) was ended by signal \(number) "
            + "(\(String(cString: strsignal(number)))), and the others with it; --resume continues the run"
        )
        ExitStatus.failed.leave()
      }
      // Process 0 has printed its own error.
      let spoken = failures.first { $0.rank == 0 && $0.signal == nil }
      if spoken == nil {
        Console.error(
          "rondo: process \(first.rank) of \(size) ended with status \(first.code), and the others with it"
        )
      }
      ExitStatus.leave(with: spoken?.code ?? first.code)
    }

    private func start(_ rank: Int, port: Int) throws -> pid_t {
      let own = LaunchedProcess.environment(rank: rank, of: size, port: port)
      let environment = ProcessInfo.processInfo.environment.merging(own) { $1 }
        .merging(LauncherWatch.environment) { $1 }
        .map { "\($0)=\($1)" }
      var child: pid_t = 0
      let path = Bundle.main.executablePath ?? CommandLine.arguments[0]
      let code = Self.withPointers([path] + Self.arguments) { arguments in
        Self.withPointers(environment) { posix_spawn(&child, path, nil, nil, arguments, $0) }
      }
      guard code == 0 else {
        throw TorchError(
          operation: "starting process \(rank)", shapes: [], reason: String(cString: strerror(code))
        )
      }
      return child
    }

    /// The program's arguments without those that start several of it.
    private static var arguments: [String] {
      var arguments = Array(CommandLine.arguments.dropFirst())
      while let index = arguments.firstIndex(of: "--processes") {
        arguments.removeSubrange(index...min(index + 1, arguments.count - 1))
      }
      return arguments.filter { !$0.hasPrefix("--processes=") }
    }

    private static func withPointers<Value>(
      _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Value
    ) -> Value {
      let pointers = texts.map { strdup($0) }
      defer { pointers.forEach { free($0) } }
      return body(pointers + [nil])
    }
  }

  private let terminations = Atomic(0)
  private let hangups = Atomic(0)
  private let interruptions = Atomic(0)
  private let sentInterruptions = Atomic(0)

  /// Whether a signal with this code was sent by a process, and not by a terminal.
  private func wasSent(_ code: Int32) -> Bool {
    #if os(Linux)
      code <= 0
    #else
      code == SI_USER
    #endif
  }
#endif

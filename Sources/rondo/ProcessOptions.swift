import ArgumentParser
import Foundation
import Numbers

#if LIBTORCH
  import Torch

  /// How a command is shared by several processes: started by it, or by a launcher.
  struct ProcessOptions: IntroducedOptions {
    static let groupName: String? = "processes"
    static let title = "Several processes"
    static let introduction = "Sharing the work, on one machine or on several."
    private static let defaultTimeout = 300

    @Option(
      name: .customLong("processes"),
      help: "Processes on this machine that share the work.")
    var count: Int?
    @Option(help: "The seconds that processes wait for one another. (default: \(defaultTimeout))")
    var timeout: Double?

    /// Whether any of the options was typed.
    var areGiven: Bool { count != nil || timeout != nil }

    /// Runs a body together with the other processes, of which the first one speaks.
    ///
    /// - Parameter isPausing: whether SIGTERM lets all of them pause after the same update; else it ends them.
    func join(pausing isPausing: Bool = false, _ body: () throws -> Void) throws {
      try start()
      guard let launched = try LaunchedProcess(), launched.size > 1 else {
        if isPausing { PauseSignals.pauseAtTermination(isAlone: true) }
        return try body()
      }
      LauncherWatch.begin()
      // Until they have met, each says what is wrong.
      let group = try ProcessGroup(
        rank: launched.rank, size: launched.size, localSize: launched.localSize,
        localRank: launched.localRank, at: launched.meeting, timeout: timeout ?? Double(Self.defaultTimeout))
      Console.isSilent = group.rank > 0
      if isPausing { PauseSignals.pauseAtTermination() }
      do {
        try ProcessGroup.$current.withValue(group) {
          try ProcessGroup.checkSame([
            "Rondo": Rondo.version, "LibTorch": Library.version,
            "a program with the digest": Self.digestOfProgram,
          ])
          try body()
        }
      } catch {
        let cause = group.cause(of: error)
        if case GroupError.lost(let ranks, let size, _) = cause {
          // Where the first is lost, the next one speaks.
          Console.isSilent = (0..<size).first { !ranks.contains($0) } != group.rank
        }
        throw cause
      }
    }

    /// What tells two builds of one version apart: a digest of some of the program's bytes, FNV-1a by words.
    private static var digestOfProgram: String {
      guard let path = Bundle.main.executablePath,
        let bytes = try? Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
      else { return "unknown" }
      let digest = bytes.withUnsafeBytes { raw in
        stride(from: 0, to: raw.count - 7, by: 128).reduce(UInt64(raw.count)) { digest, position in
          (digest ^ raw.loadUnaligned(fromByteOffset: position, as: UInt64.self)) &* 0x100_0000_01B3
        }
      }
      return String(digest, radix: 16)
    }

    /// Starts the processes that are asked for, which are then launched; checks what is asked for.
    private func start() throws {
      guard (1...1e6).contains(timeout ?? 1) else {
        throw ValidationError("--timeout is in seconds, from 1 to 1000000.")
      }
      if timeout != nil, count == nil, try LaunchedProcess() == nil {
        throw ValidationError(
          "--timeout is how long several processes wait for one another; give --processes too, or leave it out.")
      }
      guard let count else { return }
      guard (1...1024).contains(count) else {
        throw ValidationError("--processes must be from 1 to 1024.")
      }
      // An interactive shell of Slurm's is a task of its own, and starts as many as are asked for.
      if let launched = try LaunchedProcess(), launched.size > 1 {
        throw ValidationError(
          "--processes starts processes, and a launcher has started this one: leave it out.")
      }
      if count > 1 { try ProcessStarter(count).run() }
    }
  }
#endif

/// What is done by one process, however many were started.
enum OneProcess {
  /// Runs a body in the first of the processes that a launcher started; the others have nothing to do.
  static func run(_ body: () throws -> Void) throws {
    #if LIBTORCH
      // Variables that do not fit together matter only to those who train together.
      if let launched = try? LaunchedProcess(), launched.size > 1 {
        guard launched.rank == 0 else { return }
        Console.info("note: process 0 of \(launched.size) does this alone")
      }
    #endif
    try body()
  }
}

/// A command that several processes do together; any other one is done by one of them.
protocol SharedCommand: ParsableCommand {}

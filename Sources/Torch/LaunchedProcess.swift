import Formatting
import Foundation
import Numbers

/// A process as its launcher describes it: its rank, the number of processes, and where they meet.
///
/// torchrun, Slurm's `srun` and MPI's `mpirun` start one program several times and tell each in its environment.
public struct LaunchedProcess: Sendable, Hashable {
  /// Who started the processes.
  public enum Launcher: String, Sendable, Hashable {
    /// torchrun, Kubeflow's trainer, or whoever sets RANK and WORLD_SIZE.
    case torchrun
    /// Slurm's srun.
    case slurm
    /// Open MPI's, MPICH's or Intel's mpirun.
    case mpi
  }

  /// The launcher that started the processes.
  public let launcher: Launcher
  /// The number of this process, from 0.
  public let rank: Int
  /// The number of processes.
  public let size: Int
  /// The number of this process among those of its machine, from 0.
  public let localRank: Int
  /// The number of processes on its machine; 1 where the launcher does not say.
  public let localSize: Int
  /// The host at which the processes meet.
  public let host: String
  /// The port at which the processes meet.
  public let port: Int
  /// Whether process 0 opens the store at that port; torchrun opens one by itself.
  public let opensStore: Bool
  /// How often the launcher has started the processes again.
  public let restarts: Int

  /// The port where none is said, as torchrun has it.
  public static let defaultPort = 29_500

  /// Reads what the environment says; nil for a process by itself.
  ///
  /// - Throws: `LaunchError` for numbers that do not fit together.
  public init?(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(LaunchError) {
    let names: Names
    if environment["RANK"] != nil || environment["WORLD_SIZE"] != nil {
      names = Names.torchrun
    } else if environment["SLURM_PROCID"] != nil, environment["SLURM_STEP_ID"] != nil {
      // In an interactive shell the numbers of the whole job are there too.
      names = .slurm(size: environment["SLURM_STEP_NUM_TASKS"] == nil ? "SLURM_NTASKS" : "SLURM_STEP_NUM_TASKS")
    } else if let mpi = [Names.openMPI, Names.mpich].first(where: { environment[$0.size] != nil }) {
      names = mpi
    } else {
      return nil
    }
    func number(_ name: String, in range: ClosedRange<Int>) throws(LaunchError) -> Int? {
      guard let text = environment[name] else { return nil }
      guard let value = Int(text), range.contains(value) else {
        throw .notANumber(name: name, value: text, allowed: range)
      }
      return value
    }
    func needed(_ name: String, _ range: ClosedRange<Int>) throws(LaunchError) -> Int {
      guard let value = try number(name, in: range) else {
        throw .missing(name: name, beside: name == names.rank ? names.size : names.rank)
      }
      return value
    }
    size = try needed(names.size, 1...1_000_000)
    rank = try needed(names.rank, 0...1_000_000)
    guard rank < size else {
      throw .rankTooLarge(rank: names.rank, value: rank, size: names.size, count: size)
    }
    localRank = try number(names.localRank, in: 0...1_000_000) ?? 0
    launcher = names.launcher
    let own = launcher == .slurm ? Self.tasksOfNode(in: environment) : nil
    let asked = try number(names.localSize, in: 1...1_000_000)
    localSize = max(1, own ?? asked ?? 1)
    port = try number("MASTER_PORT", in: 1...65_535) ?? Self.defaultPort
    let nodes = environment["SLURM_STEP_NODELIST"] ?? environment["SLURM_JOB_NODELIST"]
    if let host = environment["MASTER_ADDR"], !host.isEmpty {
      self.host = host
    } else if launcher == .slurm, let first = nodes.flatMap(Self.firstHost) {
      host = first
    } else if localSize == size {
      host = "127.0.0.1"
    } else {
      throw .missing(name: "MASTER_ADDR", beside: names.rank)
    }
    opensStore = environment["TORCHELASTIC_USE_AGENT_STORE"] != "True"
    restarts = try number("TORCHELASTIC_RESTART_COUNT", in: 0...1_000_000) ?? 0
  }

  /// Whether the launcher has set `OMP_NUM_THREADS` to 1 because nobody else has set it, as torchrun does.
  public static var limitsThreads: Bool {
    let environment = ProcessInfo.processInfo.environment
    return environment["TORCHELASTIC_RUN_ID"] != nil && environment["OMP_NUM_THREADS"] == "1"
  }

  /// What the environment of a process says, for whoever starts several itself.
  public static func environment(rank: Int, of size: Int, port: Int) -> [String: String] {
    [
      "RANK": "\(rank)", "WORLD_SIZE": "\(size)", "LOCAL_RANK": "\(rank)",
      "LOCAL_WORLD_SIZE": "\(size)", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "\(port)",
    ]
  }

  /// The place where the processes of its group meet.
  public var meeting: ProcessGroup.Meeting {
    .init(host: host, port: port, opensStore: opensStore, prefix: "rondo-\(restarts)")
  }

  /// The first host of a list as Slurm writes it: `gpu[03-07,12],login1` begins with `gpu03`.
  static func firstHost(in list: String) -> String? {
    guard let bracket = list.firstIndex(of: "["),
      bracket < (list.firstIndex(of: ",") ?? list.endIndex)
    else { return list.split(separator: ",").first.map(String.init) }
    let number = list[list.index(after: bracket)...].prefix { $0.isNumber }
    return number.isEmpty ? nil : String(list[..<bracket]) + number
  }

  /// The tasks of this machine by the list that Slurm writes also where nobody asked for so many a machine.
  ///
  /// Of `2(x3),1` machines 0 to 2 have two, and the next has one.
  private static func tasksOfNode(in environment: [String: String]) -> Int? {
    guard let list = environment["SLURM_STEP_TASKS_PER_NODE"],
      var node = environment["SLURM_NODEID"].flatMap({ Int($0) })
    else { return nil }
    for part in list.split(separator: ",") {
      let numbers = part.split { !$0.isNumber }.compactMap { Int($0) }
      guard let tasks = numbers.first, tasks > 0 else { return nil }
      node -= numbers.count > 1 ? numbers[1] : 1
      if node < 0 { return min(tasks, 1_000_000) }
    }
    return nil
  }

  private struct Names {
    let launcher: Launcher
    let rank, size, localRank, localSize: String

    static let torchrun = Names(
      launcher: .torchrun, rank: "RANK", size: "WORLD_SIZE", localRank: "LOCAL_RANK",
      localSize: "LOCAL_WORLD_SIZE")
    static func slurm(size: String) -> Names {
      Names(
        launcher: .slurm, rank: "SLURM_PROCID", size: size, localRank: "SLURM_LOCALID",
        localSize: "SLURM_NTASKS_PER_NODE")
    }
    static let openMPI = Names(
      launcher: .mpi, rank: "OMPI_COMM_WORLD_RANK", size: "OMPI_COMM_WORLD_SIZE",
      localRank: "OMPI_COMM_WORLD_LOCAL_RANK", localSize: "OMPI_COMM_WORLD_LOCAL_SIZE")
    static let mpich = Names(
      launcher: .mpi, rank: "PMI_RANK", size: "PMI_SIZE", localRank: "MPI_LOCALRANKID",
      localSize: "MPI_LOCALNRANKS")
  }
}

/// Why what a launcher says does not fit together.
public enum LaunchError: Error, Sendable, Hashable {
  /// One variable is there, and another that belongs to it is not.
  case missing(name: String, beside: String)
  /// A variable is not a whole number in its range.
  case notANumber(name: String, value: String, allowed: ClosedRange<Int>)
  /// The number of the process is not below the number of processes.
  case rankTooLarge(rank: String, value: Int, size: String, count: Int)
}

extension LaunchError: DescribedError {
  /// One sentence: which variables, and what to do.
  public var description: String {
    switch self {
    case .missing(let name, let beside):
      "\(beside) is set in the environment, but \(name) is not; start all processes by one launcher "
        + "(torchrun, srun, mpirun), or unset \(beside)"
    case .notANumber(let name, let value, let allowed):
      "\(name) is '\(value.printable)' in the environment, but must be a whole number from "
        + "\(allowed.lowerBound) to \(allowed.upperBound)"
    case .rankTooLarge(let rank, let value, let size, let count):
      "\(rank) is \(value) in the environment, but must be below \(size), which is \(count)"
    }
  }
}

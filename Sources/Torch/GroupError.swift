import Formatting
import Numbers

/// What can keep processes from training together.
public enum GroupError: Error, Sendable, Hashable {
  /// Another program listens at the port at which process 0 is to be found.
  case portInUse(Int)
  /// Nobody opened the place where the processes are to meet.
  case noMeeting(host: String, port: Int, seconds: Double)
  /// Some processes did not come.
  case absent(ranks: [Int], size: Int, seconds: Double)
  /// Some processes have ended, or do not answer.
  case lost(ranks: [Int], size: Int, reason: String)
  /// A process failed, with this sentence.
  case failed(rank: Int, sentence: String)
  /// A process cannot begin, with this sentence.
  case cannotBegin(rank: Int, sentence: String)
  /// A process has another value of something than process 0.
  case differs(rank: Int, what: String, its: String, first: String)
  /// There are more processes than images in a batch.
  case fewImages(batch: Int, size: Int)
  /// Several processes cannot share the device.
  case device(String)
  /// One card is named for several processes.
  case oneCard(String)
}

extension GroupError {
  /// Says why a meeting did not come about.
  init(
    opening error: TorchError, at meeting: ProcessGroup.Meeting, rank: Int, size: Int,
    _ patience: Double, _ timeout: Double
  ) {
    let sizes = error.reason.split(separator: " ").drop { $0 != "sizes" }.dropFirst().prefix(2)
      .compactMap { Int($0) }
    let absent = error.reason.split(separator: " ").drop { $0 != "absent" }.dropFirst().first
    let reason = error.reason.lowercased()
    if sizes.count == 2 {
      let (own, its) = (String(size), String(sizes[1]))
      self = .differs(
        rank: max(rank, sizes[0]), what: "a number of processes (WORLD_SIZE) of",
        its: rank == 0 ? its : own, first: rank == 0 ? own : its)
    } else if let absent {
      self = .absent(
        ranks: absent.split(separator: ",").compactMap { Int($0) }, size: size, seconds: timeout)
    } else if reason.contains("in use") || reason.contains("eaddrinuse") {
      self = .portInUse(meeting.port)
    } else if rank > 0 || !meeting.opensStore,
      reason.contains("connect") || reason.contains("resolv") || reason.contains("address")
    {
      self = .noMeeting(host: meeting.host, port: meeting.port, seconds: patience)
    } else {
      self = .lost(ranks: [], size: size, reason: error.reason)
    }
  }
}

extension GroupError: DescribedError {
  /// One sentence: which process, what, and what to do.
  public var description: String {
    switch self {
    case .portInUse(let port):
      "port \(port) is in use by another program; choose another one (MASTER_PORT, or torchrun's "
        + "--master-port)"
    case .noMeeting(let host, let port, let seconds):
      "no process 0 was found at \(host), port \(port), in \(Self.text(seconds)); check MASTER_ADDR and MASTER_PORT, "
        + "that process 0 runs, and that no firewall lies between"
    case .absent(let ranks, let size, let seconds):
      "\(Self.names(ranks)) of \(size) did not come in \(Self.text(seconds)); start all \(size), or wait longer "
        + "(--timeout)"
    case .lost(let ranks, let size, let reason) where ranks.isEmpty:
      "the \(size) processes lost their connection: \(reason); resume the run"
    case .lost(let ranks, let size, _):
      "\(Self.names(ranks)) of \(size) \(ranks.count == 1 ? "has" : "have") ended, or cannot be reached any more; "
        + "look at \(ranks.count == 1 ? "its" : "their") host, and resume the run"
    case .failed(let rank, let sentence), .cannotBegin(let rank, let sentence):
      "process \(rank) failed: \(sentence)"
    case .differs(let rank, let what, let its, let first):
      "process \(rank) has \(what) \(its), but process 0 has \(first); all processes need the same"
    case .fewImages(let batch, let size):
      "a batch of \(quantity(batch, "image")) cannot be divided among \(size) processes; start at most "
        + "\(batch), or begin a run with a --batch-size, which is that of all processes together, of \(size) or more"
    case .device(let name):
      "several processes compute on processors or NVIDIA cards, and this would compute on \(name); give --device cpu"
    case .oneCard(let name):
      "\(name) is one card, and of several processes each takes one; give --device cuda, and choose cards by "
        + "CUDA_VISIBLE_DEVICES"
    }
  }

  private static func names(_ ranks: [Int]) -> String {
    let words = ranks.map(String.init)
    guard words.count > 1, let last = words.last else { return "process \(words.first ?? "")" }
    return "processes " + words.dropLast().joined(separator: ", ") + " and " + last
  }

  private static func text(_ seconds: Double) -> String { "\(seconds.formatted) s" }
}

extension Double {
  /// Without a point where it is a whole number.
  fileprivate var formatted: String {
    Int(exactly: self).map(String.init) ?? "\(self)"
  }
}

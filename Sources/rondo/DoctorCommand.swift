import ArgumentParser
import Datasets

#if LIBTORCH
  import Tasks
  import Torch
  import Vision
#endif

/// `rondo doctor`: what this machine has.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Says what this machine has: LibTorch, devices, data sets.")

  func run() {
    for (name, found) in findings { Console.give(name.padded(to: 12) + found) }
  }

  private var findings: [(String, String)] {
    var findings: [(String, String)] = []
    #if LIBTORCH
      Library.start()
      findings.append(("LibTorch", Library.version))
      findings.append(("devices", Device.available.map(\.name).joined(separator: ", ")))
      findings.append(("threads", String(Library.threads)))
      findings.append(("models", ModelName.allCases.map(\.rawValue).joined(separator: ", ")))
      findings.append(("detectors", DetectorName.allCases.map(\.rawValue).joined(separator: ", ")))
    #else
      findings.append(
        ("LibTorch", "not built in; 'make setup' fetches it, LIBTORCH=/path names an existing one"))
    #endif
    for source in DataSource.known { findings.append((source.name, source.whereItLies)) }
    return findings
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(1, width - count))
  }
}

import ArgumentParser
import Datasets

#if LIBTORCH
  import Machine
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
      findings += cards
      findings.append(("threads", String(Library.threads)))
      findings.append(("models", Models.classifiers.names.joined(separator: ", ")))
      findings.append(("segmenters", Models.segmenters.names.joined(separator: ", ")))
      findings.append(("detectors", Models.detectors.names.joined(separator: ", ")))
    #else
      findings.append(
        ("LibTorch", "not built in; 'make setup' fetches it, LIBTORCH=/path names an existing one"))
    #endif
    for source in DataSource.known { findings.append((source.name, source.whereItLies)) }
    return findings
  }

  #if LIBTORCH
    /// The graphics cards, and what to do where this LibTorch cannot use them.
    private var cards: [(String, String)] {
      let cards = GraphicsCard.all()
      let isUsed = Device.available.contains { $0.kind == .cuda }
      let remedy = " (not used: this LibTorch is for the processor only; 'make setup' says more)"
      return cards.enumerated().map { index, card in
        ("card \(index)", card.description + (isUsed ? "" : remedy))
      }
    }
  #endif
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(1, width - count))
  }
}

import ArgumentParser
import Datasets
import Fetching
import Formatting
import Numbers
import Schedules

#if LIBTORCH
  import Machine
  import Settings
  import Tasks
  import Torch
#endif

/// `rondo doctor`: what this machine has.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Lists what this machine has: LibTorch, devices, data sets.")

  func run() {
    for (name, found) in findings { Console.output(text: name.padded(to: 12) + found) }
  }

  private var findings: [(String, String)] {
    var findings: [(String, String)] = []
    #if LIBTORCH
      Library.start()
      findings.append(("LibTorch", Library.version))
      findings.append(("devices", Device.available.map(\.name).joined(separator: ", ")))
      findings += cards
      findings.append(("threads", String(Library.threads)))
      findings += ProcessFindings.all
      for task in TaskDescription.allCases {
        let models = VisionTask.named(task).models
        findings += Self.lines(models.title, models.entries)
      }
      findings.append(("encoders", VisionTask.encoders.joined(separator: ", ")))
    #else
      findings.append(
        ("LibTorch", "not built in; 'make setup' fetches it, LIBTORCH=/path names an existing one"))
    #endif
    findings += Self.lines("schedules", ScheduleEntry.catalog.entries)
    findings.append(("", ScheduleEntry.reduceOnPlateauNote))
    let cache = WeightsCache()
    let (files, bytes) = cache.contents
    findings.append(
      (
        "weights",
        "\(files) of \(PublishedWeights.catalog.entries.count) published files are here, "
          + "\(formattedBytes(bytes)): \(cache.folder)/weights"
      ))
    for source in DataSource.known { findings.append((source.name, source.locationDescription)) }
    return findings
  }

  /// The names of a catalog's entries, a line for those in a row that have one summary.
  private static func lines(
    _ title: String, _ entries: [any CatalogEntry]
  ) -> [(String, String)] {
    var groups: [(names: [String], summary: String)] = []
    for entry in entries {
      if groups.last?.summary != entry.summary { groups.append(([], entry.summary)) }
      groups[groups.count - 1].names.append(entry.name)
    }
    return groups.enumerated().map { number, group in
      (number == 0 ? title : "", "\(group.names.joined(separator: ", ")): \(group.summary)")
    }
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

import Foundation
import Numbers

/// A graphics card of NVIDIA's, as its driver describes it.
public struct GraphicsCard: Sendable, Hashable {
  /// The model's name: `NVIDIA H100 80GB HBM3`.
  public let name: String
  /// Its memory in MiB.
  public let memory: Int
  /// The driver's version.
  public let driver: String

  /// The cards of this machine, in the driver's order; none where there is no driver.
  ///
  /// Asks `nvidia-smi`, which comes with the driver.
  public static func all() -> [GraphicsCard] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader,nounits",
    ]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return [] }
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return process.terminationStatus == 0 ? cards(in: text) : []
  }

  /// Reads a line a card: `NVIDIA H100 80GB HBM3, 81559, 550.54.15`.
  static func cards(in text: String) -> [GraphicsCard] {
    text.split(whereSeparator: \.isNewline).compactMap { line in
      let cells = line.split(separator: ",", omittingEmptySubsequences: false)
        .map { $0.trimmingCharacters(in: .whitespaces) }
      guard cells.count == 3, !cells[0].isEmpty, let memory = Int(cells[1]) else { return nil }
      return GraphicsCard(name: cells[0], memory: memory, driver: cells[2])
    }
  }
}

extension GraphicsCard: CustomStringConvertible {
  /// `NVIDIA H100 80GB HBM3, 79.6 GiB, driver 550.54.15`.
  public var description: String {
    "\(name), \(String(format: "%.1f", Double(memory) / 1024)) GiB, driver \(driver)"
  }
}

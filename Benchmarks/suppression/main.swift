// Times the suppression of boxes that are read from a file, and says in JSON what stayed.
//
//     SuppressionBenchmark boxes.bin COUNT OVERLAP REPEATS
//
// The file has COUNT * 4 floats of boxes, COUNT of scores, and COUNT 64-bit labels.

import Boxes
import Foundation

let data = try Data(contentsOf: URL(fileURLWithPath: CommandLine.arguments[1]))
guard let count = Int(CommandLine.arguments[2]), let overlap = Double(CommandLine.arguments[3]),
  let repeats = Int(CommandLine.arguments[4]), data.count == count * 28
else { fatalError("SuppressionBenchmark boxes.bin COUNT OVERLAP REPEATS") }

func values<Value>(_ type: Value.Type, from start: Int, _ count: Int) -> [Value] {
  data.withUnsafeBytes { bytes in
    (0..<count).map {
      bytes.loadUnaligned(fromByteOffset: start + $0 * MemoryLayout<Value>.size, as: type)
    }
  }
}

let boxes = values(Float.self, from: 0, 4 * count)
let scores = values(Float.self, from: 16 * count, count)
let labels = values(Int64.self, from: 20 * count, count)

func fastest(_ suppress: () -> [Int32]) -> (seconds: Double, kept: [Int32]) {
  var (best, kept) = (Double.infinity, [Int32]())
  for _ in 0..<repeats {
    let start = ContinuousClock.now
    kept = suppress()
    let taken = ContinuousClock.now - start
    best = min(
      best, Double(taken.components.seconds) + Double(taken.components.attoseconds) * 1e-18)
  }
  return (best, kept)
}

struct Record: Encodable {
  let plain: Double
  let labeled: Double
  let kept: [Int32]
  let keptOfLabels: [Int32]
}

let plain = fastest { Suppression.kept(boxes: boxes, scores: scores, overlap: overlap) }
let labeled = fastest {
  Suppression.kept(boxes: boxes, scores: scores, labels: labels, overlap: overlap)
}
let record = Record(
  plain: plain.seconds, labeled: labeled.seconds, kept: plain.kept,
  keptOfLabels: labeled.kept)
print(String(decoding: try JSONEncoder().encode(record), as: UTF8.self))

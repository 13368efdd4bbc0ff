// Evaluates a folder of predicted masks by a folder of true ones, and says in JSON how long it took; or cuts
// crops of a data set, and says how long one takes; or says how many instances their three classes give
// back.
//
//     SegmentationBenchmark masks PREDICTIONS TRUTH
//     SegmentationBenchmark crops DATA
//     SegmentationBenchmark borders DATA

import Datasets
import Evaluation
import Foundation
import Masks
import Metrics

func seconds(_ body: () throws -> Void) rethrows -> Double {
  let taken = try ContinuousClock().measure(body)
  return Double(taken.components.seconds) + Double(taken.components.attoseconds) * 1e-18
}

func give(_ record: some Encodable) throws {
  print(String(decoding: try JSONEncoder().encode(record), as: UTF8.self))
}

struct Pair: Sendable {
  let truth: LabelMap
  let prediction: LabelMap

  func evaluated(_ index: Int) -> CaseMetrics {
    CaseMetrics(
      index: index, classes: 2, truth: truth.foreground, prediction: prediction.foreground,
      instances: (truth, prediction))
  }
}

struct MaskRecord: Encodable {
  var loading = 0.0
  var oneCore = 0.0
  var together = 0.0
  var metrics: [String: Double] = [:]
}

func masks(_ predictions: String, _ truth: String) throws {
  var record = MaskRecord()
  var pairs: [Pair] = []
  record.loading = try seconds {
    let files = try PredictedMasks(predictions: predictions, groundTruth: truth)
    pairs = try files.map { Pair(truth: $1, prediction: $2) }
  }
  record.oneCore = seconds {
    var metric = SegmentationMetric(classes: 2)
    for (index, pair) in pairs.enumerated() { metric.add(pair.evaluated(index)) }
    let values = metric.summary.values
    record.metrics = Dictionary(uniqueKeysWithValues: values.map { ($0.name, $0.value) })
  }
  record.together = try seconds {
    _ = try MaskEvaluation(predictions: predictions, groundTruth: truth)
  }
  try give(record)
}

func crops(_ folder: String) throws {
  let data = try DataSource(named: folder).loadMasks()
  let kinds: [(String, CropOptions)] = [
    ("plain", CropOptions(size: 256)),
    ("usual", CropOptions(size: 256, augmentation: .default)),
    (
      "usual, borders",
      CropOptions(size: 256, target: .borders(BorderTarget()), augmentation: .default)
    ),
    (
      "usual, borders, weights",
      CropOptions(
        size: 256, target: .borders(BorderTarget()), weights: BorderWeights(),
        augmentation: .default)
    ),
  ]
  let batches = data.train.count / 8
  for (name, options) in kinds where data.isInstance || options.target == .classes {
    let order = BatchOrder.training(count: data.train.count, batchSize: 8, seed: 1)
    let loader = data.train.crops(order, options, seed: 1, workers: 1)
    var times: [Double] = []
    // The first epoch decodes what the others find in memory.
    for _ in 0..<3 {
      times.append(try seconds { for _ in 0..<batches { _ = try loader.next() } })
    }
    let each = times.map { String(format: "%.2f", $0 * 1000 / Double(batches * 8)) }
    print("\(name): ms a crop, by epochs: \(each.joined(separator: ", "))")
  }
}

func borders(_ folder: String) throws {
  let data = try DataSource(named: folder).loadMasks()
  for width in [1.0, 1.5, 2, 3] {
    var (found, all, ap) = (0, 0, 0.0)
    for index in 0..<data.train.count {
      let truth = try data.train.read(index).mask
      let classes = BorderTarget(width: width).classes(of: truth)
      let match = InstanceMatch(truth: truth, prediction: BorderTarget.instances(of: classes))
      found += match.found[0]
      all += match.truth
      ap += match.ap ?? 0
    }
    let share = String(format: "%.4f", Double(found) / Double(all))
    print("border \(width): \(share) of \(all) found, AP \(ap / Double(data.train.count))")
  }
}

let arguments = Array(CommandLine.arguments.dropFirst())
switch (arguments.first, arguments.count) {
case ("masks", 3): try masks(arguments[1], arguments[2])
case ("crops", 2): try crops(arguments[1])
case ("borders", 2): try borders(arguments[1])
default: print("SegmentationBenchmark masks PREDICTIONS TRUTH | crops DATA | borders DATA")
}

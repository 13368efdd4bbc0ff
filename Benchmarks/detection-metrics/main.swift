// Evaluates a results file by an annotation file, and says in JSON how long reading and evaluating took.
//
//     DetectionBenchmark results.json instances.json

import Datasets
import Evaluation
import Foundation
import Metrics

func seconds(_ start: ContinuousClock.Instant) -> Double {
  let taken = ContinuousClock.now - start
  return Double(taken.components.seconds) + Double(taken.components.attoseconds) * 1e-18
}

let start = ContinuousClock.now
let truth = try COCOAnnotations(file: CommandLine.arguments[2])
let results = try COCOResults(file: CommandLine.arguments[1])
let loading = seconds(start)
let middle = ContinuousClock.now
let evaluated = try COCOEvaluation(predictions: results, groundTruth: truth)
let evaluating = seconds(middle)

let summary = COCOSummary.Name.allCases.map { evaluated.summary.mean[$0] }
let record = ["loading": [loading], "evaluating": [evaluating], "metrics": summary]
print(String(decoding: try JSONEncoder().encode(record), as: UTF8.self))

// Reads a file of weights, and touches each number of it.
//
//     ReadingBenchmark FILE
//
// prints a line of JSON: the tensors, the seconds until all of them are there, the seconds until each has been summed,
// and the process's largest memory.
import Foundation
import Torch

let file = URL(fileURLWithPath: CommandLine.arguments[1])
Library.start()
try Library.setThreads(1)
let before = peakMemory()
let start = ContinuousClock.now
let tensors = try TensorFile.read(file).tensors
let read = ContinuousClock.now - start
let sum = tensors.values.reduce(0) { $0 + $1.sum().item() }
let touched = ContinuousClock.now - start
print(
  """
  {"tensors": \(tensors.count), "read": \(read / .seconds(1)), "touched": \(touched / .seconds(1)), \
  "sum": \(sum), "before": \(before), "peak": \(peakMemory())}
  """)

/// The largest memory of this process until now, in bytes, as Linux has it; `getrusage` counts what forked it, too.
func peakMemory() -> Int {
  let lines = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
  let line = lines.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
  return (line?.split(separator: " ").compactMap { Int($0) }.first ?? 0) * 1024
}

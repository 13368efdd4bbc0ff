// How long reading takes: a folder of images from the disk into memory.
//
//   LoadingBenchmark FOLDER

import Datasets
import Foundation

let path = CommandLine.arguments.dropFirst().first ?? "."
let start = ContinuousClock.now
let data = try DataSource(named: path).load()
let seconds = ContinuousClock.now - start
let (train, test) = (data.train, data.test)
print("\(data.found): \(train.count) and \(test.count) images, \(train.height)x\(train.width) in \(seconds)")
print("left out: \(data.broken.count); mean \(train.mean), deviation \(train.deviation)")

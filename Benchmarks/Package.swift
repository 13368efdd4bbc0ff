// swift-tools-version: 6.2

import Foundation
import PackageDescription

// The benchmarks, apart from the product: `make bench-...` builds them into `.build/benchmarks`.

func rondo(_ products: String...) -> [Target.Dependency] {
  products.map { .product(name: $0, package: "rondo") }
}

func benchmark(_ name: String, in folder: String, _ dependencies: [Target.Dependency]) -> Target {
  // What is no Swift file in there: the rivals' programs and the results.
  let names =
    (try? FileManager.default.contentsOfDirectory(
      atPath: "\(Context.packageDirectory)/\(folder)")) ?? []
  return .executableTarget(
    name: name, dependencies: dependencies, path: folder,
    exclude: names.filter { !$0.hasSuffix(".swift") && !$0.hasPrefix(".") })
}

let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")

var targets = [
  benchmark("ScheduleBenchmark", in: "schedules", rondo("Schedules")),
  benchmark("LoadingBenchmark", in: "loading", rondo("Datasets")),
  benchmark(
    "DetectionBenchmark", in: "detection-metrics", rondo("Evaluation", "Datasets", "Metrics")),
  benchmark(
    "SegmentationBenchmark", in: "segmentation-metrics",
    rondo("Evaluation", "Datasets", "Metrics", "Masks")),
  benchmark("SuppressionBenchmark", in: "suppression", rondo("Boxes")),
]

// As in the product's manifest, `LIBTORCH=none` hides what needs LibTorch.
if Context.environment["LIBTORCH"] != "none" {
  targets += [
    benchmark(
      "AdviceBenchmark", in: "advice",
      [argumentParser]
        + rondo(
          "Tasks", "Training", "Torch", "Vision", "Datasets", "Planning", "Schedules", "Settings",
          "Tuning",
          "Runs")),
    benchmark(
      "PapersBenchmark", in: "papers",
      [argumentParser]
        + rondo("Tasks", "Training", "Torch", "Vision", "Datasets", "Metrics", "Schedules", "Settings", "Runs")),
    benchmark("EvaluationBenchmark", in: "evaluation", rondo("Torch", "Vision")),
    benchmark("DeviceCheck", in: "device", rondo("Torch", "Vision")),
    benchmark("ReadingBenchmark", in: "reading", rondo("Torch")),
  ]
}

let package = Package(
  name: "benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "rondo", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
  ],
  targets: targets
)

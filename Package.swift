// swift-tools-version: 6.2

import Foundation
import PackageDescription

// MARK: LibTorch

/// Where LibTorch lies, or nil: then only the pure half is declared.
///
/// `LIBTORCH=/path` names a folder with `include/` and `lib/`, `LIBTORCH=none` hides it, and without
/// the variable the virtual environment that `make setup` creates is looked into.
func findLibTorch() -> String? {
  if let given = Context.environment["LIBTORCH"], !given.isEmpty {
    return given == "none" ? nil : given
  }
  let environment = Context.packageDirectory + "/.venv/lib"
  let pythons = (try? FileManager.default.contentsOfDirectory(atPath: environment)) ?? []
  return pythons.sorted().map { "\(environment)/\($0)/site-packages/torch" }
    .first { FileManager.default.fileExists(atPath: $0 + "/include/ATen/ATen.h") }
}

let libtorch = findLibTorch()

// MARK: Settings

// Warnings are errors where the project checks itself; a package that depends on Rondo is spared.
let strict = Context.environment["RONDO_STRICT"] == "1"
let swiftSettings: [SwiftSetting] =
  (strict ? [.treatAllWarnings(as: .error)] : []) + (libtorch == nil ? [] : [.define("LIBTORCH")])

func pure(
  _ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil
) -> Target {
  // Every module sees the conversions of Numbers in place of those of Swift's library, which trap.
  .target(
    name: name, dependencies: (name == "Numbers" ? [] : ["Numbers"]) + dependencies,
    resources: resources, swiftSettings: swiftSettings)
}

// What speaks to servers is Foundation's URLSession, and on Linux needs libcurl. RONDO_NETWORK=none
// builds without it: then `rondo data fetch` says what to put where.
let network: [SwiftSetting] =
  Context.environment["RONDO_NETWORK"] == "none" ? [] : [.define("NETWORK")]

func tests(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = [])
  -> Target
{
  .testTarget(
    name: name + "Tests", dependencies: [.byName(name: name), "TestSupport"] + dependencies,
    resources: resources, swiftSettings: swiftSettings)
}

let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")

// MARK: The pure half: Swift alone

var products: [Product] = [
  .library(name: "Schedules", targets: ["Schedules"]),
  .library(name: "Tuning", targets: ["Tuning"]),
  .library(name: "Boxes", targets: ["Boxes"]),
  .library(name: "Masks", targets: ["Masks"]),
  .library(name: "Metrics", targets: ["Metrics"]),
  .library(name: "Datasets", targets: ["Datasets"]),
  .library(name: "Reporting", targets: ["Reporting"]),
  .library(name: "Exporting", targets: ["Exporting"]),
  .library(name: "Evaluation", targets: ["Evaluation"]),
  .library(name: "Planning", targets: ["Planning"]),
  .library(name: "Runs", targets: ["Runs"]),
  .library(name: "Settings", targets: ["Settings"]),
  .executable(name: "rondo", targets: ["rondo"]),
]

var rondoDependencies: [Target.Dependency] = [
  argumentParser, "Schedules", "Tuning", "Datasets", "Runs", "Settings", "Planning",
  "Reporting", "Exporting", "Evaluation", "Fetching", "Files", "Formatting", "Numbers", "Serving",
  "Watching",
]

var targets: [Target] = [
  .target(name: "CNumbers"),
  pure("Numbers", ["CNumbers"]),
  pure("Randomness"),
  pure("Machine", ["CFiles"]),
  pure("Formatting"),
  .systemLibrary(name: "CFiles"),
  pure("Files", ["CFiles", "Formatting", yams]),
  .target(name: "CBoxes"),
  pure("Boxes", ["CBoxes"]),
  pure("Masks"),
  pure("Schedules", ["Formatting"]),
  pure("Tuning", ["Schedules", "Formatting"]),
  .systemLibrary(
    name: "CDeflate", pkgConfig: "libdeflate",
    providers: [.apt(["libdeflate-dev"]), .brew(["libdeflate"])]),
  .systemLibrary(
    name: "CDigest", pkgConfig: "libmd", providers: [.apt(["libmd-dev"]), .brew(["libmd"])]),
  .systemLibrary(
    name: "CJPEG", pkgConfig: "libjpeg",
    providers: [.apt(["libjpeg62-turbo-dev"]), .brew(["jpeg-turbo"])]),
  .systemLibrary(
    name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
  .systemLibrary(
    name: "CWebP", pkgConfig: "libwebpdemux", providers: [.apt(["libwebp-dev"]), .brew(["webp"])]),
  .systemLibrary(
    name: "CTIFF", pkgConfig: "libtiff-4", providers: [.apt(["libtiff-dev"]), .brew(["libtiff"])]),
  .systemLibrary(name: "CGIF", providers: [.apt(["libgif-dev"]), .brew(["giflib"])]),
  .target(
    name: "CImages", dependencies: ["CJPEG", "CPNG", "CWebP", "CTIFF", "CGIF"],
    linkerSettings: ["jpeg", "png", "webp", "webpdemux", "tiff", "gif"].map {
      .linkedLibrary($0)
    }),
  .systemLibrary(name: "CYajl", providers: [.apt(["libyajl-dev"]), .brew(["yajl"])]),
  pure("Pickles", ["CDeflate", "Formatting"]),
  pure("Metrics", ["Boxes", "Masks"]),
  pure(
    "Datasets",
    [
      "Randomness", "Machine", "Formatting", "Files", "CDeflate", "CImages", "CYajl", "Boxes",
      "Masks",
      yams,
    ]),
  pure("Runs", ["Files", "Formatting", yams]),
  pure(
    "Settings",
    ["Machine", "Metrics", "Schedules", "Tuning", "Datasets", "Runs", "Files", "Formatting"]),
  pure(
    "Planning",
    ["Settings", "Schedules", "Tuning", "Runs", "Formatting", "Metrics", "Evaluation"]),
  .target(
    name: "Fetching", dependencies: ["CDigest", "Datasets", "Files", "Formatting", "Numbers"],
    swiftSettings: swiftSettings + network),
  pure(
    "Reporting",
    [
      "Evaluation", "Settings", "Planning", "Runs", "Files", "Tuning", "Schedules", "Metrics",
      "Datasets", "Boxes", "Formatting", "Fetching",
    ], resources: [.embedInCode("Resources/charts.js")]),
  pure("Serving", ["Formatting"]),
  pure(
    "Watching",
    [
      "Serving", "Reporting", "Planning", "Settings", "Runs", "Tuning", "Files", "Formatting",
    ], resources: [.embedInCode("Resources/watch.html")]),
  pure("Exporting", ["Schedules"]),
  pure("Evaluation", ["Metrics", "Datasets", "Boxes", "Masks", "Runs", "Files", "Formatting"]),
  .target(
    name: "TensorBoard",
    dependencies: [
      "Planning", "Runs", "Datasets", "Tuning", "Metrics", "Formatting", "Numbers", protobuf,
    ], exclude: ["event.proto"], swiftSettings: swiftSettings),
  .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: swiftSettings),
  .executableTarget(
    name: "AllocationProbe", dependencies: ["Schedules"], path: "Tests/AllocationProbe",
    swiftSettings: swiftSettings),
  .executableTarget(
    name: "OwnLoop", dependencies: ["Schedules"], path: "Examples/OwnLoop",
    swiftSettings: swiftSettings),
  .executableTarget(
    name: "OwnCurve", dependencies: ["Tuning"], path: "Examples/OwnCurve",
    swiftSettings: swiftSettings),
  tests("Numbers"),
  tests("Randomness"),
  tests("Machine"),
  tests("Schedules", ["Randomness", yams], resources: [.copy("Fixtures")]),
  tests("Tuning", ["Randomness", "Schedules"], resources: [.copy("Fixtures")]),
  tests("Datasets", ["Randomness", "Boxes", "Masks"], resources: [.copy("Fixtures")]),
  .testTarget(
    name: "FetchingTests", dependencies: ["Fetching", "Datasets", "Files", "TestSupport"],
    exclude: ["server.py"], resources: [.copy("Fixtures")], swiftSettings: swiftSettings + network),
  tests("Boxes", resources: [.copy("Fixtures")]),
  tests("Masks", ["Randomness"], resources: [.copy("Fixtures")]),
  tests("Pickles", resources: [.copy("Fixtures")]),
  tests("Metrics", ["Boxes", "Masks", "Randomness"], resources: [.copy("Fixtures")]),
  tests("Evaluation", ["Datasets", "Metrics", "Masks", "Boxes", "Runs"]),
  tests("Files"),
  tests("Runs", ["Files"]),
  tests("Settings", resources: [.copy("Fixtures")]),
  tests(
    "Planning",
    ["Settings", "Schedules", "Tuning", "Runs", "Metrics", "Boxes", "Masks", "Formatting"]),
  tests(
    "Reporting",
    [
      "Settings", "Planning", "Runs", "Tuning", "Schedules", "Metrics", "Datasets", "Boxes",
      "Masks",
    ]),
  tests("Exporting", ["Schedules"]),
  tests("Serving"),
  tests("Watching", ["Serving", "Reporting", "Planning", "Settings", "Runs", "Schedules"]),
  tests("TensorBoard", ["Planning", "Runs", "Metrics", protobuf]),
  tests("Formatting"),
]

// MARK: The half on LibTorch

if let libtorch {
  let library = libtorch + "/lib"
  // On the compiler's command line, so that another LibTorch has the shim compiled anew.
  let fingerprint = Context.environment["LIBTORCH_FINGERPRINT"] ?? ""
  // A program that names only what every build of LibTorch has loads the others with it (RONDO_CUDA=none, as in the
  // wheel).
  let cuda =
    Context.environment["RONDO_CUDA"] != "none"
    && FileManager.default.fileExists(atPath: library + "/libtorch_cuda.so")

  targets += [
    .target(
      name: "CTorch", exclude: ["nccl/ProcessGroupNCCL.cpp"],
      cxxSettings: [
        .unsafeFlags(
          [
            "-isystem", libtorch + "/include",
            "-isystem", libtorch + "/include/torch/csrc/api/include",
            "-I", "\(Context.packageDirectory)/Sources/CTorch/gloo-headers",
            "-Wall", "-fvisibility=hidden", "-DRONDO_LIBTORCH=\"\(fingerprint)\"",
          ] + (strict ? ["-Werror"] : []))
      ],
      linkerSettings: [
        .unsafeFlags([
          "-L" + library, "-Xlinker", "-rpath", "-Xlinker", library,
          "-Xlinker", "--no-as-needed",
        ]),
        .linkedLibrary("torch"), .linkedLibrary("torch_cpu"), .linkedLibrary("c10"),
      ] + (cuda ? [.linkedLibrary("torch_cuda"), .linkedLibrary("c10_cuda")] : [])),
    pure(
      "Torch", ["CTorch", "CDeflate", "Machine", "Randomness", "Files", "Pickles", "Formatting"]),
    pure("Vision", ["Torch", "Boxes", "Formatting"]),
    .target(
      name: "ONNX", dependencies: ["Torch", "Formatting", "Numbers", protobuf],
      exclude: ["onnx.proto"],
      swiftSettings: swiftSettings),
    pure(
      "Training",
      [
        "Torch", "Settings", "Planning", "Metrics", "Tuning", "Schedules", "Runs", "Files",
        "Formatting",
        "Machine",
      ]),
    pure(
      "Tasks",
      [
        "Training", "Vision", "Torch", "Datasets", "Settings", "Schedules", "Planning", "Tuning",
        "Runs", "Metrics", "Masks", "Boxes", "Evaluation", "Fetching", "Machine", "Files",
        "Formatting",
        "TensorBoard", "ONNX",
      ]),

    .executableTarget(
      name: "Keypoints",
      dependencies: ["Training", "Torch", "Datasets", "Metrics", "Runs", "Schedules", "Tuning"],
      path: "Examples/Keypoints", swiftSettings: swiftSettings),
    tests("Torch", ["Machine", "Pickles", "Randomness"], resources: [.copy("Fixtures")]),
    tests("Vision", ["Torch", "Boxes", "Formatting"], resources: [.copy("Fixtures")]),
    .testTarget(
      name: "ONNXTests", dependencies: ["ONNX", "Torch", "Vision", "Boxes", "TestSupport"],
      exclude: ["oracle.py"], swiftSettings: swiftSettings),
    tests(
      "Training",
      [
        "Torch", "Settings", "Planning", "Metrics", "Tuning", "Schedules", "Runs", "Files",
        "Vision",
        "Datasets", "TensorBoard",
      ]),
    tests(
      "Tasks",
      [
        "Training", "Vision", "Torch", "Datasets", "Fetching", "Settings", "Schedules", "Tuning",
        "Runs", "Metrics", "Masks", "Evaluation",
      ], resources: [.copy("Fixtures")]),
  ]
  products += ["Torch", "Vision", "Training", "Tasks"].map { .library(name: $0, targets: [$0]) }
  rondoDependencies += ["Machine", "Metrics", "Torch", "Training", "Tasks"]
}

targets += [
  .executableTarget(
    name: "rondo", dependencies: rondoDependencies, swiftSettings: swiftSettings),
  .testTarget(
    name: "CommandLineTests",
    dependencies: [
      "rondo", "Settings", "Planning", "Randomness", "Runs", "Schedules", "Datasets", "Masks",
      "Numbers", "TestSupport", argumentParser, yams,
    ],
    exclude: ["onnx_predict.py", "program_server.c"], swiftSettings: swiftSettings),
]

targets.append(
  .testTarget(
    name: "ExamplesTests",
    dependencies: ["OwnLoop", "OwnCurve", "TestSupport"] + (libtorch == nil ? [] : ["Keypoints"]),
    swiftSettings: swiftSettings))

let package = Package(
  name: "rondo",
  platforms: [.macOS(.v15)],
  products: products,
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/apple/swift-protobuf.git", from: "1.39.0"),
  ],
  targets: targets,
  cxxLanguageStandard: .cxx20
)

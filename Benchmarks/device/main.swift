// Computes with each model and each optimizer on the processor and on another device, and compares.
//
//     DeviceCheck cuda
//
// prints a line for each comparison with its largest difference, and ends with 1 if one is too large.
import Foundation
import Torch
import Vision

/// Comparisons of what two devices computed.
struct Comparison {
  let device: Device
  private(set) var failures = 0

  /// Compares two lists of numbers by the norm of their difference, as a share of the first's norm.
  mutating func compare(_ what: String, _ here: [Double], _ there: [Double], to bound: Double) {
    let norm = here.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let difference = zip(here, there).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    let share = difference / max(norm, 1e-300)
    let isRight = here.count == there.count && share <= bound
    if !isRight { failures += 1 }
    say(
      "\(isRight ? "right" : "WRONG") \(what): "
        + String(format: "%.1e apart, at most %.0e", share, bound))
  }

  // MARK: Models

  /// What a model answers, and its gradients by a loss of that answer.
  struct Output {
    let logits: [Double]
    let gradients: [Double]
  }

  /// Prints at once, so that what was before a crash is seen.
  private func say(_ line: String) {
    print(line)
    fflush(nil)
  }

  mutating func check(_ name: ClassifierEntry) throws {
    let size = max(32, name.smallestImage)
    // Random numbers are drawn on the processor, so that dropout is the same on every device.
    let make = { (device: Device, type: DataType) throws -> Output in
      let network = name.make(channels: 3, classes: 10)
      network.initialize(seed: 1)
      network.convert(to: type)
      network.useChannelsLast()
      network.move(to: device)
      let images = Tensor.normal([4, 3, size, size], seed: 2).to(type).to(device)
      let labels = Tensor((0..<4).map { Int64($0 % 10) }, shape: [4]).to(device)
      return try checked {
        let logits = network(images.channelsLast())
        crossEntropy(logits, labels).backward()
        return Output(
          logits: logits.detached().doubles(),
          gradients: withoutGradient {
            network.namedParameters.flatMap { $0.1.value.gradient?.doubles() ?? [] }
          })
      }
    }
    for (type, bound) in [(DataType.float64, 1e-8), (.float32, 5e-2)] {
      let (here, there) = (try make(.cpu, type), try make(device, type))
      compare("\(name.name) \(type) logits", here.logits, there.logits, to: bound / 10)
      compare("\(name.name) \(type) gradients", here.gradients, there.gradients, to: bound)
    }
  }

  // MARK: Optimizers

  /// The parameters after some updates of a small regression, clipped where asked.
  private func trained(
    on device: Device, clip: Double?, _ make: ([ParameterGroup]) -> any Optimizer
  ) throws -> [Double] {
    let network = Sequential(Linear(8, 16), ReLU(), Linear(16, 4))
    network.initialize(seed: 3)
    network.move(to: device)
    let points = Tensor.normal([32, 8], seed: 4).to(device)
    let classes = Tensor((0..<32).map { Int64($0 % 4) }, shape: [32]).to(device)
    let optimizer = make([
      ParameterGroup(
        parameters: network.namedParameters, learningRate: 0.01, momentum: 0.9, weightDecay: 0.01)
    ])
    for _ in 0..<10 {
      try checked {
        optimizer.clearGradients()
        crossEntropy(network(points), classes).backward()
        if let clip { clipGradients(of: network.namedParameters, to: clip) }
        optimizer.step()
      }
    }
    return try checked {
      withoutGradient { network.namedParameters.flatMap { $0.1.value.detached().doubles() } }
    }
  }

  mutating func checkOptimizers() throws {
    let kinds: [(String, ([ParameterGroup]) -> any Optimizer)] = [
      ("SGD", { SGD($0, nesterov: true) }), ("SGD foreach", { SGD($0, kernel: .foreach) }),
      ("Adam", { Adam($0, decoupledWeightDecay: false) }), ("AdamW", { Adam($0) }),
      ("AdamW foreach", { Adam($0, kernel: .foreach) }),
    ]
    for (name, make) in kinds {
      for clip in [nil, 0.05] {
        compare(
          name + (clip.map { " clipped to \($0)" } ?? ""),
          try trained(on: .cpu, clip: clip, make), try trained(on: device, clip: clip, make),
          to: 1e-3)
      }
    }
  }

  // MARK: Mixed precision

  /// Through twenty layers with norms over sixteen images the few bits of mixed precision make gradients
  /// that are tens of percent apart, on the processor too; what is wrong altogether is more than that.
  mutating func checkMixedPrecision() throws {
    func gradients(_ type: DataType?, scale: Double) throws -> [Double] {
      let network = ResNetCIFAR(depth: 20, channels: 3, classes: 10)
      network.initialize(seed: 1)
      network.useChannelsLast()
      network.move(to: device)
      let images = Tensor.normal([16, 3, 32, 32], seed: 2).to(device).channelsLast()
      let labels = Tensor((0..<16).map { Int64($0 % 10) }, shape: [16]).to(device)
      return try checked {
        func loss() -> Tensor { crossEntropy(network(images), labels) }
        let total = type.map { withAutocast(to: $0, on: device, loss) } ?? loss()
        (total.to(.float32) * scale).backward()
        let isFinite = unscaleGradients(of: network.namedParameters, by: scale)
        return withoutGradient {
          network.namedParameters.flatMap { isFinite ? ($0.1.value.gradient?.doubles() ?? []) : [] }
        }
      }
    }
    let plain = try gradients(nil, scale: 1)
    compare("bfloat16 gradients", plain, try gradients(.bfloat16, scale: 1), to: 0.45)
    compare("float16 gradients", plain, try gradients(.float16, scale: 65536), to: 0.15)
    compare("float32 gradients, scaled", plain, try gradients(nil, scale: 65536), to: 1e-2)
  }
}

guard CommandLine.arguments.count == 2 else {
  print("DeviceCheck DEVICE, such as cuda or mps")
  exit(2)
}
// Without it a CUDA device multiplies float32 in ten bits, and what is compared is that.
setenv("NVIDIA_TF32_OVERRIDE", "0", 1)
do {
  var comparison = Comparison(device: try Device(named: CommandLine.arguments[1]))
  Library.start()
  try comparison.checkOptimizers()
  try comparison.checkMixedPrecision()
  let models = [
    "resnet-11", "resnet-20", "resnet-9", "preact-resnet-20", "densenet-bc-40-12",
    "caffe-cifar10-full", "wide-resnet-16-4", "resnet-18", "densenet-121", "googlenet", "vgg-11-bn",
    "alexnet",
  ]
  for model in models { try comparison.check(Models.classifiers.entry(named: model)) }
  print(
    comparison.failures == 0
      ? "all right on \(comparison.device.name)" : "\(comparison.failures) are WRONG")
  exit(comparison.failures == 0 ? 0 : 1)
} catch {
  print("\(error)")
  exit(2)
}

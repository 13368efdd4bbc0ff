import Foundation
import Testing
import Torch

private final class Block: Layer {
  let conv1 = Convolution(2, 3, kernel: 3)
  let bn1 = BatchNorm(3)
  let downsample: Sequential?
  let absent: Linear? = nil

  init(projected: Bool) {
    downsample = projected ? Sequential(Convolution(2, 3, kernel: 1), BatchNorm(3)) : nil
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    relu(bn1(conv1(x)) + (downsample?(x) ?? x))
  }
}

private final class Network: Layer {
  let layer1 = [Block(projected: true)]
  let fc = Linear(3, 4)

  func callAsFunction(_ x: Tensor) -> Tensor {
    fc(layer1.reduce(x) { $1($0) }.mean(over: [2, 3]))
  }
}

@Suite struct `A module` {
  @Test func `names its parameters as torchvision does`() {
    #expect(
      Network().namedParameters.map(\.0) == [
        "layer1.0.conv1.weight", "layer1.0.bn1.weight", "layer1.0.bn1.bias",
        "layer1.0.downsample.0.weight", "layer1.0.downsample.1.weight",
        "layer1.0.downsample.1.bias", "fc.weight", "fc.bias",
      ])
    #expect(
      Network().namedBuffers.map(\.0) == [
        "layer1.0.bn1.running_mean", "layer1.0.bn1.running_var",
        "layer1.0.downsample.1.running_mean", "layer1.0.downsample.1.running_var",
      ])
  }

  @Test func `counts its parameters`() {
    // 3*2*9 + 3 + 3 of the convolution and its norm, 3*2 + 3 + 3 of the projection, 3*4 + 4.
    #expect(Network().parameterCount == 54 + 6 + 6 + 6 + 16)
  }

  @Test func `begins by its seed alone`() {
    let (a, b, c) = (Network(), Network(), Network())
    a.initialize(seed: 1)
    b.initialize(seed: 1)
    c.initialize(seed: 2)
    for ((name, left), (_, right)) in zip(a.namedParameters, b.namedParameters) {
      #expect(left.value.isBitIdentical(to: right.value), "\(name)")
    }
    #expect(!a.fc.weight.value.isBitIdentical(to: c.fc.weight.value))
    let bound = 1 / Double(3).squareRoot()
    #expect(a.fc.weight.value.detached().magnitude().max().item() <= bound)
  }

  @Test func `uses running statistics in evaluation only`() throws {
    let network = Network()
    network.initialize(seed: 1)
    let x = Tensor.normal([4, 2, 5, 5], seed: 3)
    network.setTraining(false)
    let before = network.layer1[0].bn1.runningMean.value.clone()
    _ = try checked { withoutGradient { network(x).sum().item() } }
    #expect(network.layer1[0].bn1.runningMean.value.isBitIdentical(to: before))
    network.setTraining(true)
    _ = try checked { withoutGradient { network(x).sum().item() } }
    #expect(!network.layer1[0].bn1.runningMean.value.isBitIdentical(to: before))
  }

  @Test func `gives the same numbers channels-last`() throws {
    let (a, b) = (Network(), Network())
    a.initialize(seed: 1)
    b.initialize(seed: 1)
    b.useChannelsLast()
    let x = Tensor.normal([4, 2, 5, 5], seed: 3)
    let apart = try checked {
      withoutGradient { (a(x) - b(x.channelsLast())).magnitude().max().item() }
    }
    #expect(apart < 1e-5)
  }

  @Test func `that is frozen is left as it is`() throws {
    let network = Network()
    network.initialize(seed: 1)
    network.fc.weight.isFrozen = true
    let before = network.fc.weight.value.clone()
    let group = ParameterGroup(parameters: network.namedParameters, learningRate: 0.1)
    let optimizer = SGD([group])
    try checked {
      network(.normal([4, 2, 5, 5], seed: 3)).sum().backward()
      optimizer.step()
    }
    #expect(network.fc.weight.value.isBitIdentical(to: before))
    #expect(network.fc.bias?.value.gradient != nil)
  }

  /// By hand: 2 - 0.1 * 6, and then with the momentum 0.5 of the last gradient 1.4 - 0.1 * (6 / 2 + 4).
  @Test(arguments: [OptimizerKernel.fused, .foreach], [false, true])
  func `is changed without momentum too, and by the last gradient when there is one again`(
    kernel: OptimizerKernel, nesterov: Bool
  ) throws {
    let layer = Linear(1, 1, bias: false)
    withoutGradient { layer.weight.value.copy(from: Tensor([2] as [Float], shape: [1, 1])) }
    let optimizer = SGD(
      [ParameterGroup(parameters: layer.namedParameters, learningRate: 0.1, momentum: 0)],
      nesterov: nesterov, kernel: kernel)
    func step(gradient: Double) throws {
      try checked {
        optimizer.clearGradients()
        (layer.weight.value.flattened(from: 0).sum() * gradient).backward()
        optimizer.step()
      }
    }
    try step(gradient: 6)
    #expect(abs(layer.weight.value.floats()[0] - 1.4) < 1e-6)
    optimizer.groups[0].momentum = 0.5
    try step(gradient: 4)
    // Nesterov's: the gradient and half of the momentum, which is 7.
    #expect(abs(layer.weight.value.floats()[0] - (nesterov ? 0.65 : 0.7)) < 1e-6)
  }
}

/// Counts what is alive in the whole process, so it needs `swift test --no-parallel`, as `make test` has.
@Suite(.serialized) struct `Memory` {
  /// Resident memory of this process in bytes, where the system tells.
  private var resident: Int? {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else {
      return nil
    }
    return text.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * 4096 }
  }

  @Test func `stays flat over 2,000 updates`() throws {
    let network = Network()
    network.initialize(seed: 1)
    network.useChannelsLast()
    let optimizer = SGD(
      [ParameterGroup(parameters: network.namedParameters, learningRate: 0.01)], nesterov: true)
    let x = Tensor.normal([8, 2, 6, 6], seed: 3).channelsLast()
    let labels = Tensor((0..<8).map { Int64($0 % 4) }, shape: [8])
    func update() throws {
      _ = try checked {
        let loss = crossEntropy(network(x), labels)
        optimizer.clearGradients()
        loss.backward()
        optimizer.step()
        return loss.item()
      }
    }
    for _ in 0..<100 { try update() }
    let (handles, before) = (Library.liveTensors, resident)
    for _ in 0..<2_000 { try update() }
    #expect(Library.liveTensors == handles)
    if let before, let after = resident { #expect(after - before < 4 << 20) }
  }

  @Test func `whose batch norms are frozen uses their statistics, and does not learn them`() throws {
    let network = Network()
    network.initialize(seed: 1)
    let x = Tensor.normal([2, 2, 5, 5], seed: 3)
    network.setTraining(false)
    let expected = try checked { withoutGradient { network(x) } }
    network.freezeBatchNorms()
    network.setTraining(true)
    let output = try checked {
      let output = network(x)
      output.sum().backward()
      return output
    }
    #expect(output.detached().isBitIdentical(to: expected))
    for (name, buffer) in network.namedBuffers {
      let start = name.hasSuffix("mean") ? Tensor.zeros([3]) : .ones([3])
      #expect(buffer.value.isBitIdentical(to: start), "\(name)")
    }
    for (name, parameter) in network.namedParameters {
      let isNorm = name.contains("bn1") || name.contains("downsample.1")
      #expect((parameter.value.gradient == nil) == isNorm, "\(name)")
    }
  }
}

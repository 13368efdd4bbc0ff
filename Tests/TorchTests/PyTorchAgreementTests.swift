import Foundation
import Testing
import Torch

/// What PyTorch computed, written by `Scripts/fixtures/torch_fixtures.py`.
private struct Fixture {
  let tensors: [String: Tensor]

  init() throws {
    let file = try #require(
      Bundle.module.url(
        forResource: "pytorch", withExtension: "safetensors", subdirectory: "Fixtures"))
    tensors = try Safetensors.read(file).tensors
  }

  func callAsFunction(_ name: String) throws -> Tensor { try #require(tensors[name]) }

  /// A leaf whose gradient will be compared.
  func leaf(_ name: String) throws -> Tensor {
    let tensor = try self(name).clone()
    tensor.requiresGradient = true
    return tensor
  }
}

/// The largest difference between two tensors of the same shape.
private func difference(_ a: Tensor, _ b: Tensor) throws -> Double {
  #expect(a.shape == b.shape)
  return try checked { (a.detached() - b.detached()).magnitude().max().item() }
}

private let tolerance = 1e-5

@Suite struct `Layers agree with PyTorch` {
  private let fixture: Fixture

  init() throws { fixture = try Fixture() }

  /// Compares output and gradients of one case.
  private func compare(
    _ name: String, _ leaves: [String: Tensor], _ output: Tensor,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try checked { (output * (try fixture(name + ".weights"))).sum().backward() }
    let apart = try difference(output, fixture(name + ".output"))
    #expect(apart < tolerance, sourceLocation: sourceLocation)
    for (key, leaf) in leaves {
      let gradient = try #require(leaf.gradient, sourceLocation: sourceLocation)
      let apart = try difference(gradient, fixture("\(name).gradient.\(key)"))
      #expect(apart < 1e-4, "gradient of \(key)", sourceLocation: sourceLocation)
    }
  }

  @Test(arguments: [false, true]) func convolution(channelsLast: Bool) throws {
    let (x, w, b) = try (
      fixture.leaf("convolution.x"), fixture.leaf("convolution.w"), fixture.leaf("convolution.b")
    )
    let input = channelsLast ? x.channelsLast() : x
    let output = convolve(input, w, bias: b, stride: 2, padding: 1)
    try compare("convolution", ["x": x, "w": w, "b": b], output)
  }

  @Test func `grouped and dilated convolution`() throws {
    let (x, w) = try (fixture.leaf("grouped.x"), fixture.leaf("grouped.w"))
    try compare("grouped", ["x": x, "w": w], convolve(x, w, padding: 2, dilation: 2, groups: 2))
  }

  @Test(arguments: [true, false]) func `batch norm`(training: Bool) throws {
    let name = training ? "norm.train" : "norm.eval"
    let (x, w, b) = try (
      fixture.leaf(name + ".x"), fixture.leaf(name + ".w"), fixture.leaf(name + ".b")
    )
    let mean = try fixture(name + ".running_mean").clone()
    let variance = try fixture(name + ".running_var").clone()
    let output = batchNormalize(
      x, weight: w, bias: b, runningMean: mean, runningVariance: variance, training: training)
    try compare(name, ["x": x, "w": w, "b": b], output)
    #expect(try difference(mean, fixture(name + ".running_mean.after")) < tolerance)
    #expect(try difference(variance, fixture(name + ".running_var.after")) < tolerance)
  }

  @Test(arguments: [false, true])
  func `batch norm with a shortcut and ReLU`(channelsLast: Bool) throws {
    let (x, w, b, shortcut) = try (
      fixture.leaf("norm.relu.x"), fixture.leaf("norm.relu.w"), fixture.leaf("norm.relu.b"),
      fixture.leaf("norm.relu.shortcut")
    )
    func laidOut(_ tensor: Tensor) -> Tensor { channelsLast ? tensor.channelsLast() : tensor }
    let output = batchNormalizeRelu(
      laidOut(x), plus: laidOut(shortcut), weight: w, bias: b, runningMean: .zeros([4]),
      runningVariance: .ones([4]), training: true)
    try compare("norm.relu", ["x": x, "w": w, "b": b, "shortcut": shortcut], output)
  }

  @Test func `linear layer`() throws {
    let (x, w, b) = try (
      fixture.leaf("linear.input"), fixture.leaf("linear.weight"), fixture.leaf("linear.bias")
    )
    try compare("linear", ["input": x, "weight": w, "bias": b], linear(x, w, bias: b))
  }

  @Test func pools() throws {
    var x = try fixture.leaf("max.pool.x")
    try compare("max.pool", ["x": x], maxPool(x, kernel: 3, stride: 2, padding: 1))
    x = try fixture.leaf("average.pool.x")
    try compare("average.pool", ["x": x], averagePool(x, kernel: 2))
    x = try fixture.leaf("adaptive.pool.x")
    try compare("adaptive.pool", ["x": x], adaptiveAveragePool(x, size: 2))
  }

  @Test(arguments: ["plain", "smoothed", "weighted"]) func `cross-entropy`(kind: String) throws {
    let logits = try fixture.leaf("entropy.logits")
    let loss = crossEntropy(
      logits, try fixture("entropy.targets"),
      weight: kind == "weighted" ? try fixture("entropy.weight") : nil,
      labelSmoothing: kind == "smoothed" ? 0.1 : 0)
    try checked { loss.backward() }
    #expect(try difference(loss, fixture("entropy.\(kind).output")) < tolerance)
    let gradient = try #require(logits.gradient)
    #expect(try difference(gradient, fixture("entropy.\(kind).gradient")) < tolerance)
  }
}

@Suite struct `Optimizers agree with PyTorch` {
  private let fixture: Fixture

  init() throws { fixture = try Fixture() }

  private func make(
    _ name: String, _ parameters: [Parameter], _ kernel: OptimizerKernel
  ) -> any Optimizer {
    let groups = parameters.enumerated().map { index, parameter in
      ParameterGroup(
        name: "\(index)", parameters: [("\(index)", parameter)], learningRate: 1, weightDecay: 0.01)
    }
    return switch name {
    case "adam": Adam(groups, decoupledWeightDecay: false, kernel: kernel)
    case "adamw": Adam(groups, kernel: kernel)
    default: SGD(groups, nesterov: name == "nesterov", kernel: kernel)
    }
  }

  /// Gives the gradients of a step by the one loss that has them: the sum of products.
  private func step(_ optimizer: any Optimizer, _ parameters: [Parameter], _ step: Int) throws {
    for index in optimizer.groups.indices {
      optimizer.groups[index].learningRate = (0.01 + 0.002 * Double(step)) * Double(1 + index)
      optimizer.groups[index].momentum = 0.95 - 0.005 * Double(step)
    }
    try checked {
      optimizer.clearGradients()
      for (index, parameter) in parameters.enumerated() {
        (parameter.value * (try fixture("optimizer.gradient.\(step).\(index)"))).sum().backward()
      }
      optimizer.step()
    }
  }

  private func start() throws -> [Parameter] {
    try (0..<2).map { Parameter(try fixture("optimizer.start.\($0)").clone()) }
  }

  @Test(arguments: ["sgd", "nesterov", "adam", "adamw"], [OptimizerKernel.fused, .foreach])
  func `over 20 updates with changing rate and momentum`(
    name: String, kernel: OptimizerKernel
  ) throws {
    let parameters = try start()
    let optimizer = make(name, parameters, kernel)
    for number in 0..<20 { try step(optimizer, parameters, number) }
    for (index, parameter) in parameters.enumerated() {
      #expect(try difference(parameter.value, fixture("optimizer.\(name).\(index)")) < 2e-6)
    }
  }

  @Test(arguments: ["sgd", "nesterov", "adam", "adamw"])
  func `a state put back continues bit for bit`(name: String) throws {
    let parameters = try start()
    let optimizer = make(name, parameters, .fused)
    for number in 0..<10 { try step(optimizer, parameters, number) }
    let saved = Dictionary(uniqueKeysWithValues: optimizer.state.map { ($0.0, $0.1.clone()) })
    let copies = parameters.map { Parameter($0.value.detached().clone()) }
    let other = make(name, copies, .fused)
    try other.restore(saved)
    for number in 10..<20 {
      try step(optimizer, parameters, number)
      try step(other, copies, number)
    }
    for (a, b) in zip(parameters, copies) { #expect(a.value.isBitIdentical(to: b.value)) }
  }

  @Test func `a state of another shape is refused and nothing changes`() throws {
    let parameters = try start()
    let optimizer = make("sgd", parameters, .fused)
    try step(optimizer, parameters, 0)
    let before = optimizer.state.map { $0.1.clone() }
    let wrong = Dictionary(
      uniqueKeysWithValues: optimizer.state.map { ($0.0, Tensor.zeros([7])) })
    #expect(throws: TorchError.self) { try optimizer.restore(wrong) }
    for (a, b) in zip(before, optimizer.state) { #expect(a.isBitIdentical(to: b.1)) }
  }

  @Test func `gradients are clipped to a joint norm`() throws {
    let parameters = [Parameter(.zeros([2])), Parameter(.zeros([1]))]
    try checked {
      (parameters[0].value * Tensor([3, 0] as [Float], shape: [2])).sum().backward()
      (parameters[1].value * Tensor([4] as [Float], shape: [1])).sum().backward()
    }
    let norm = clipGradients(of: parameters.enumerated().map { ("\($0)", $1) }, to: 1)
    #expect(abs(norm.item() - 5) < 1e-6)
    #expect(abs((parameters[0].value.gradient?.floats()[0] ?? 0) - 0.6) < 1e-5)
    #expect(abs((parameters[1].value.gradient?.floats()[0] ?? 0) - 0.8) < 1e-5)
  }
}

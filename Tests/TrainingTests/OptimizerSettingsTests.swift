import Settings
import Testing
import Torch
import Training

@Suite struct `An optimizer that settings name` {
  /// What three updates of Adam leave of a task's parameters.
  private func trained(_ make: ([ParameterGroup], SceneTask) throws -> any Optimizer) throws
    -> [String: [UInt8]]
  {
    let task = SceneTask()
    let parameters = task.model.namedParameters
    let group = ParameterGroup(
      name: "rest", parameters: parameters, learningRate: 0, momentum: 0.85, weightDecay: 1e-4)
    let optimizer = try make([group], task)
    for index in optimizer.groups.indices { optimizer.groups[index].learningRate = 0.01 }
    let stream = try task.trainingBatches(from: BatchPosition(seed: 9, batchSize: 4))
    for _ in 0..<3 {
      let batch = try #require(try stream.next())
      optimizer.clearGradients()
      task.trainingLoss(of: batch).total.backward()
      optimizer.step()
    }
    return state(task.model)
  }

  @Test(arguments: [0.9, 0.999]) func `has their beta2`(beta2: Double) throws {
    let named = try trained { _, task in
      try makeOptimizer(
        settings { ($0.optimizer.name, $0.optimizer.beta2) = (.adamw, beta2) }.resolved,
        for: task.model)
    }
    let made = try trained { groups, _ in Adam(groups, beta2: beta2, decoupledWeightDecay: true) }
    let usual = try trained { groups, _ in Adam(groups, decoupledWeightDecay: true) }
    #expect(named == made)
    #expect((named == usual) == (beta2 == 0.999))
  }

  @Test func `has no beta2 where it is sgd`() {
    let typed = settings { ($0.optimizer.name, $0.optimizer.beta2) = (.sgd, 0.9) }
    #expect { try typed.check() } throws: {
      "\($0)".contains("--beta2 is 0.9, but must be left out with --optimizer sgd")
    }
  }
}

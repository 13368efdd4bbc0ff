// A task of one's own in Rondo's training loop: where is the center of the shape?
//
// The task says what its batches, its loss and its metric are. Range test, cycles, checkpoints, resuming and the
// files of a run folder come with the loop, which knows no task by name.
//
//     swift run Keypoints runs        writes runs/keypoints-1

import Foundation
import Runs
import Schedules
import Torch
import Training
import Tuning

guard CommandLine.arguments.count == 2 else {
  print("usage: Keypoints RUNS")
  exit(2)
}

Library.start()
// So small a network gains nothing by several threads.
try Library.setThreads(1)
let task = KeypointTask(trainingImages: 4096, testImages: 64, size: 24)
let budget = Budget(totalSteps: 240, stepsPerEpoch: 128, batchSize: 32)
let optimizer = Adam([ParameterGroup(parameters: task.network.namedParameters, learningRate: 0)])

// 1. The range of rates in which the model learns.
let tester = RangeTester(task: task, optimizer: optimizer)
let curve = try tester.curve(
  sweep: RangeTestSweep(lowest: 1e-5, highest: 1, steps: 60), seed: 1, batchSize: budget.batchSize)
// For a task like the built-in ones, what is known of them can join the curve: Adam's usual peak, and how far
// below the edge of divergence it lies.
guard case .found(let range) = curve.findRange(defaultPeak: DefaultPeak(0.01, edgeRatio: 60)) else {
  print("The range test found no range.")
  exit(1)
}

// 2. One cycle through it.
let plan = Plan(
  learningRate: OneCycle(
    from: range.oneCycleMax / 20, to: range.oneCycleMax, ending: range.oneCycleMax / 1000,
    stepsUp: 72, totalSteps: budget.totalSteps))

// 3. Training, with checkpoints in the folder.
let folder = try RunFolder.create(
  under: URL(fileURLWithPath: CommandLine.arguments[1]), name: "keypoints")
let trainer = Trainer(
  task: task, optimizer: optimizer, plan: plan, budget: budget, in: folder,
  options: .init(seed: 1, checkpointEvery: 60))

let before = try trainer.evaluated()
let after = try trainer.train()
print("peak rate \(range.oneCycleMax)")
print("distance before \(before.first { $0.name == "distance" }?.value ?? .nan) pixels")
print("distance after \(after.first { $0.name == "distance" }?.value ?? .nan) pixels")

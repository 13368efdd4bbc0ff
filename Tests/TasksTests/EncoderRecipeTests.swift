import Settings
import Testing
import Vision

@testable import Tasks

@Suite struct `The recipe for an encoder with trained weights` {
  private func filled(
    _ task: TaskDescription, _ typed: RunSettings, on family: ClassifierEntry.Family?, images: Int
  ) throws -> RunSettings {
    var settings = typed.filled(fromRecipeOf: task)
    try settings.fillForFineTuning(typed, "a-model", on: family, images: images)
    return settings
  }

  private let typed = RunSettings { $0.model.weights = "a.pth" }

  @Test(arguments: [TaskDescription.segment, .detect])
  func `follows from the encoder, the batch and the number of images`(task: TaskDescription) throws {
    let settings = try filled(task, typed, on: .depthwise, images: 900)
    #expect(settings.model.recipe == .fineTuning)
    #expect(settings.optimizer.layerDecay == 0.9 && settings.optimizer.name == .adamw)
    #expect(settings.budget.epochs == 20, "600 over the root of 900")
    #expect(settings.model.frozenNorm == true, "8 images have poor statistics")
    let large = RunSettings { ($0.model.weights, $0.budget.batchSize) = ("a.pth", 16) }
    let other = try filled(task, large, on: .transformer, images: 25)
    #expect(other.optimizer.layerDecay == 0.75 && other.model.frozenNorm == false)
    #expect(other.budget.epochs == 60)
  }

  /// Statistics of batches would change a frozen encoder, and rates by depth nothing.
  @Test(arguments: [TaskDescription.segment, .detect])
  func `leaves a frozen encoder as it is`(task: TaskDescription) throws {
    var typed = RunSettings {
      ($0.model.weights, $0.model.freeze, $0.budget.batchSize) = ("a.pth", FreezeRule("backbone"), 32)
    }
    let settings = try filled(task, typed, on: .depthwise, images: 900)
    #expect(settings.model.frozenNorm == true && settings.optimizer.layerDecay == nil)
    typed.model.unfreezeAt = .steps(5)
    let thawed = try filled(task, typed, on: .depthwise, images: 900)
    #expect(thawed.model.frozenNorm == false && thawed.optimizer.layerDecay == 0.9)
    // As the configuration of an older run has it, which goes on as it was.
    (typed.model.unfreezeAt, typed.optimizer.layerDecay) = (nil, 0.9)
    #expect(try filled(task, typed, on: .depthwise, images: 900).optimizer.layerDecay == 0.9)
  }

  @Test func `leaves what was typed`() throws {
    let typed = RunSettings {
      ($0.model.weights, $0.optimizer.layerDecay, $0.model.frozenNorm) = ("a.pth", 1, false)
      $0.budget.steps = 30
    }
    let settings = try filled(.segment, typed, on: .convolutional, images: 900)
    #expect(settings.optimizer.layerDecay == 1 && settings.model.frozenNorm == false)
    #expect(settings.budget.steps == 30 && settings.budget.epochs == nil)
    let scratch = RunSettings { ($0.model.weights, $0.model.recipe) = ("a.pth", .fromScratch) }
    #expect(
      try filled(.segment, scratch, on: .convolutional, images: 900)
        == scratch.filled(fromRecipeOf: .segment))
  }

  @Test func `is not for a model without an encoder, nor without weights`() throws {
    let settings = try filled(.segment, typed, on: nil, images: 900)
    #expect(settings.model.recipe == .fromScratch && settings.optimizer.layerDecay == nil)
    let asked = RunSettings { ($0.model.weights, $0.model.recipe) = ("a.pth", .fineTuning) }
    #expect(throws: SettingsError.self) { try filled(.segment, asked, on: nil, images: 900) }
    let none = try filled(.detect, RunSettings(), on: .convolutional, images: 900)
    #expect(none == TaskDescription.detect.recipe)
  }
}

import Foundation
import Settings
import Testing

@Suite struct `Class weights` {
  private func read(_ text: String) -> ClassWeighting? {
    ClassWeighting(raw: RawTextOrFlag(text: text))
  }

  /// scikit-learn's rule: images / (classes * images of the class).
  @Test func `that are balanced are one over the class's images, with a mean of 1`() throws {
    let weights = try ClassWeighting.balanced.weights(of: [30, 10], names: ["a", "b"])
    #expect(weights?.map { ($0 * 1e6).rounded() } == [666_667, 2_000_000])
    let four = try ClassWeighting.balanced.weights(of: [2, 0, 2, 4], names: [])
    // 8 / (3 * 2), 8 / (3 * 4); a class without images has none to weigh.
    #expect(four?.map { ($0 * 1e6).rounded() } == [1_333_333, 1_000_000, 1_333_333, 666_667])
  }

  /// Roots of 4/3 and 4, over (30 * 1.1547 + 10 * 2) / 40 = 1.366.
  @Test func `by the root differ less`() throws {
    let weights = try ClassWeighting.squareRoot.weights(of: [30, 10], names: ["a", "b"])
    #expect(weights?.map { ($0 * 1e4).rounded() } == [8_453, 14_641])
  }

  @Test func `that are numbers are for each class`() throws {
    #expect(read("1,2.5") == .values([1, 2.5]))
    #expect(read("0,1e-6,1e6") == .values([0, 1e-6, 1e6]))
    #expect(try read("1,2.5")?.weights(of: [3, 4], names: ["a", "b"]) == [1, 2.5])
    let error = #expect(throws: SettingsError.self) {
      try ClassWeighting.values([1, 2]).weights(of: [1, 1, 1], names: ["cat", "dog", "fox"])
    }
    #expect("\(try #require(error))".contains("3 numbers, one for each of cat, dog, fox"))
  }

  @Test(arguments: ["balance", "1", "1,x", "-1,2", "0,0", "nan,1", "1e-7,1", "1,1e7", ""])
  func `that cannot be meant are refused`(text: String) {
    #expect(read(text) == nil)
  }

  @Test(arguments: [
    ("balanced", ClassWeighting.balanced), ("Sqrt", .squareRoot), ("none", .none),
    ("true", .squareRoot), ("false", .none),
  ])
  func `have words, and those of older files`(text: String, weighting: ClassWeighting) throws {
    #expect(read(text) == weighting)
    // JSON and YAML have true and false without quotes.
    let quoted = ["true", "false"].contains(text) ? text : "\"\(text)\""
    let settings = try JSONDecoder().decode(
      RunSettings.self, from: Data("{\"class-weights\": \(quoted)}".utf8))
    #expect(settings.model.classWeights == weighting)
    #expect(settings.flags == ["--class-weights", weighting.description])
  }
}

@Suite struct `A recipe` {
  @Test func `takes the place of what was not typed`() throws {
    let typed = RunSettings { ($0.optimizer.layerDecay, $0.budget.steps) = (0.5, 30) }
    var before = typed
    before.optimizer.name = .sgd
    let recipe = RunSettings {
      ($0.optimizer.layerDecay, $0.optimizer.name, $0.budget.epochs) = (0.9, .adamw, 60)
    }
    let settings = before.replaced(by: recipe, except: typed)
    #expect(settings.optimizer.layerDecay == 0.5 && settings.optimizer.name == .adamw)
    #expect(settings.budget.steps == 30 && settings.budget.epochs == nil, "a length was typed")
  }

  @Test func `of a run that began without stays away`() {
    var old = RunSettings { ($0.model.weights, $0.data.task) = ("a.pth", .classify) }
    old.fillOlderDefaults(isNew: false)
    #expect(old.model.recipe == .fromScratch && old.data.normalization == nil)
    var scratch = RunSettings { $0.data.task = .classify }
    scratch.fillOlderDefaults(isNew: true)
    #expect(scratch.model.recipe == nil)
    var masks = RunSettings { ($0.model.weights, $0.data.task) = ("a.pth", .segment) }
    masks.fillOlderDefaults(isNew: true)
    #expect(masks.model.recipe == .fromScratch)
  }

  @Test(arguments: [
    (["recipe": "fine-tuning"], "--weights is missing"),
    (["cached-features": "true"], "given with --freeze backbone, and without --unfreeze-at"),
    (
      ["cached-features": "true", "freeze": "backbone", "unfreeze-at": "3ep"],
      "without --unfreeze-at"
    ),
    (["layer-decay": "0"], "above 0 and at most 1"),
    (["layer-decay": "1.1"], "above 0 and at most 1"),
    (["layer-decay": "nan"], "above 0 and at most 1"),
    (["head-factor": "0"], "from 0.001 to 1000"),
    (["head-first": "1ep"], "--weights is missing: --head-first trains"),
    (
      ["head-first": "1ep", "weights": "a.pth", "freeze": "backbone"],
      "left out with --freeze and --unfreeze-at"
    ),
    (["focal-gamma": "-1"], "from 0 to 10"),
  ])
  func `that cannot be meant is refused`(texts: [String: String], words: String) throws {
    let error = #expect(throws: SettingsError.self) {
      try RunSettings { settings in
        for (key, text) in texts { try settings.set(key, to: text) }
      }.check()
    }
    let sentence = "\(try #require(error))"
    #expect(sentence.contains(words), "\(sentence)")
  }
}

import Planning
import Settings
import Testing

@Suite struct `What is frozen` {
  @Test func `is what the beginnings of names name`() {
    let rule = FreezeRule("conv1,layer1")
    for name in ["conv1.weight", "layer1.0.bn1.bias"] {
      #expect(rule.claims(name, heads: ["fc"]), "\(name)")
    }
    for name in ["conv10.weight", "layer2.0.conv1.weight", "fc.bias"] {
      #expect(!rule.claims(name, heads: ["fc"]), "\(name)")
    }
  }

  @Test func `is all but the heads by the word backbone`() {
    let rule = FreezeRule("backbone")
    #expect(rule.claims("layer1.0.conv1.weight", heads: ["classifier.4", "aux"]))
    #expect(rule.claims("classifier.0.weight", heads: ["classifier.4", "aux"]))
    #expect(!rule.claims("classifier.4.bias", heads: ["classifier.4", "aux"]))
  }

  /// A detector's pyramid, which is called backbone.fpn, lies on its encoder and begins at random.
  @Test func `is of a detector that begins with weights the encoder alone`() {
    var settings = RunSettings()
    (settings.data.task, settings.model.freeze) = (.detect, FreezeRule("backbone"))
    #expect(settings.resolved.freezing?.rule == FreezeRule("backbone"))
    settings.model.weights = "imagenet"
    #expect(settings.resolved.freezing?.rule == FreezeRule("backbone.body"))
    settings.data.task = .segment
    #expect(settings.resolved.freezing?.rule == FreezeRule("backbone"))
  }

  @Test func `is the part of that name where there is one`() {
    let rule = FreezeRule("backbone")
    #expect(rule.claims("backbone.conv1.weight", heads: nil))
    #expect(!rule.claims("decoder.0.conv1.weight", heads: nil))
    #expect(!rule.claims("backbones.0.weight", heads: nil))
  }
}

import Formatting
import Testing

private enum Net: String, Named {
  case small = "net-16-4"
  case large = "net-164"

  static var aliases: [String: Net] { ["n-16-4": .small] }
}

@Suite struct `A name in another spelling` {
  private let names = ["resnet-18", "wide-resnet-50-2", "vgg-16-bn", "exp-range", "cifar10"]

  @Test(arguments: [
    ("resnet18", "resnet-18"), ("ResNet-18", "resnet-18"), ("resnet_18", "resnet-18"),
    ("ResNet18", "resnet-18"), ("RESNET 18", "resnet-18"), ("res-net.18", "resnet-18"),
    ("wide_resnet50_2", "wide-resnet-50-2"), ("vgg16_bn", "vgg-16-bn"), ("exp_range", "exp-range"),
    ("CIFAR-10", "cifar10"),
  ])
  func `is the known one`(word: String, name: String) {
    #expect(spelled(word, among: names) == name)
  }

  @Test(arguments: ["resnet-1-8", "resnet", "resnet-180", "wide-resnet-502", "", "-"])
  func `is nobody's where it is another word`(word: String) {
    #expect(spelled(word, among: names) == nil)
  }

  @Test func `is nobody's where two would have it, and its own where one is written so`() {
    #expect(spelled("AB", among: ["a-b", "a_b"]) == nil)
    #expect(spelled("a_b", among: ["a-b", "a_b"]) == "a_b")
  }

  @Test func `may be an alias`() {
    #expect(Net(spelled: "N16-4") == .small)
    #expect(Net(spelled: "net16_4") == .small)
    #expect(Net(spelled: "Net164") == .large)
    #expect(Net(spelled: "n164") == nil)
  }
}

import Formatting
import Testing

private struct Net: CatalogEntry {
  var name: String
  var aliases: [String] = []
  let summary = "a network"
}

@Suite struct `A catalog` {
  private let nets = Catalog(
    "model",
    [
      Net(name: "resnet-18"), Net(name: "wide-16-4", aliases: ["wrn-16-4"]), Net(name: "vgg-16-bn"),
    ],
    family: { $0.hasPrefix("unet") ? Net(name: "unet-" + $0.dropFirst(4)) : nil })

  @Test(arguments: [
    ("resnet18", "resnet-18"), ("ResNet_18", "resnet-18"), ("VGG16 bn", "vgg-16-bn"),
    ("Wide16_4", "wide-16-4"), ("WRN-16-4", "wide-16-4"), ("UNet24", "unet-24"),
  ])
  func `finds an entry by its name in any spelling, by an alias, or by its family`(
    word: String, name: String
  ) throws {
    #expect(nets[word]?.name == name)
    #expect(try nets.entry(named: word).name == name)
  }

  @Test(arguments: ["resnet-1-8", "wide-164", "wrn164", ""])
  func `has no entry for another word`(word: String) {
    #expect(nets[word] == nil)
  }

  @Test func `lists the names in their order`() {
    #expect(nets.names == ["resnet-18", "wide-16-4", "vgg-16-bn"])
  }

  @Test func `names the nearest and the known names in its error`() {
    let error = #expect(throws: UnknownName.self) { try nets.entry(named: "resnte18") }
    #expect(
      error?.description == "There is no model 'resnte18'; did you mean 'resnet-18'? Known names: "
        + "resnet-18, wide-16-4, vgg-16-bn.")
    let other = #expect(throws: UnknownName.self) { try nets.entry(named: "banana") }
    #expect(
      other?.description == "There is no model 'banana'. Known names: "
        + "resnet-18, wide-16-4, vgg-16-bn.")
  }

  @Test func `names of many only the nearest, how many others there are, and what lists them`() {
    let many = Catalog("model", (18...30).map { Net(name: "resnet-\($0)") })
    let error = #expect(throws: UnknownName.self) { try many.entry(named: "resnet-29x") }
    #expect(
      error?.description
        == "There is no model 'resnet-29x'; did you mean 'resnet-29'? Known names: resnet-29, "
        + "resnet-19, resnet-20 and 10 others ('rondo doctor' lists them).")
  }

  @Test func `does not take two entries of one name`() async {
    await #expect(processExitsWith: .failure) {
      _ = Catalog("model", [Net(name: "resnet-18"), Net(name: "a", aliases: ["ResNet18"])])
    }
  }
}

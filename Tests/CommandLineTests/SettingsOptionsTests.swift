import Planning
import Testing

@testable import rondo

/// Each flag of a run is declared, and then copied into the settings: what was typed must not be lost
/// on that way.
@Suite struct `The flags that describe a run` {
  private func settings(_ words: [String]) throws -> [String: String] {
    let typed = try SettingsOptions.parse(words).typed()
    return Dictionary(
      uniqueKeysWithValues: Mirror(reflecting: typed).children.compactMap { child in
        let value = Mirror(reflecting: child.value).children.first?.value
        return value.map { (child.label ?? "", "\($0)") }
      })
  }

  /// `--range-test-min-lr` of the settings' `rangeTestMinLR`.
  private func flag(_ property: String) -> String {
    "--"
      + property.replacing("LR", with: "Lr").reduce(into: "") { name, letter in
        name += letter.isUppercase ? "-" + letter.lowercased() : String(letter)
      }
  }

  @Test func `are as many as there are settings`() {
    let flags = Mirror(reflecting: SettingsOptions()).children.count - 1  // All but --config.
    #expect(flags == Mirror(reflecting: RunSettings()).children.count)
  }

  @Test func `arrive each as the setting of its name, and as nothing else`() throws {
    let group = "head=fc:0.1"
    for child in Mirror(reflecting: RunSettings()).children {
      let property = try #require(child.label)
      let isSwitch = type(of: child.value) == Bool?.self
      guard property != "groups" else {
        #expect(try settings(["--group", group]).keys.sorted() == ["groups"])
        continue
      }
      let found = try settings([flag(property)] + (isSwitch ? [] : ["7"]))
      #expect(found.keys.sorted() == [property])
      #expect(found[property].map { isSwitch ? $0 == "true" : $0 == "7" || $0 == "7.0" } == true)
    }
  }
}

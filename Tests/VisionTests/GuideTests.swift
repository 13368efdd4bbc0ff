import Foundation
import Testing
import Vision

@Suite struct `The guides to models` {
  private func page(_ name: String) throws -> String {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    return try String(
      contentsOf: root.appendingPathComponent("Guides/\(name)"), encoding: .utf8)
  }

  @Test func `name every classifier and every detector`() throws {
    let (classifiers, detectors) = (try page("models.md"), try page("detectors.md"))
    for name in Models.classifiers.names { #expect(classifiers.contains("`\(name)`"), "\(name)") }
    for name in Models.detectors.names { #expect(detectors.contains("`\(name)`"), "\(name)") }
  }

  @Test func `promise torchvision's layout where a fixture of torchvision's shows it`() {
    let promised = Models.classifiers.entries.filter(\.hasTorchvisionLayout).map(\.name)
    #expect(promised.count > 20)
    for name in promised { #expect(ModelFixture.all[name] != nil, "\(name)") }
  }
}

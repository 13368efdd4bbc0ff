import Foundation
import Runs
import TestSupport
import Testing

@Suite struct `A folder of a run that was refused` {
  private let directory = TemporaryDirectory()
  private var parent: URL { directory.url }

  private func write(_ text: String, _ name: String, in folder: URL) throws {
    try directory.write(text, "\(folder.lastPathComponent)/\(name)")
  }

  @Test func `goes away with what was written before the first update`() throws {
    let run = try RunFolder.create(under: parent, name: "run")
    let series = try RunFolder.createNumbered(under: parent, name: "series")
    for (folder, place) in [(run.url, ""), (series, "cosine-seed-1/")] {
      for name in ["config.yaml", ".lock", "plan.json", "range-test.csv"] {
        try write("", place + name, in: folder)
      }
    }
    try write(
      "update,epoch,split,learning_rate,momentum,weight_decay,loss,seconds\n", "metrics.csv",
      in: run.url)
    try write("", "checkpoints/update-00000000.safetensors", in: run.url)
    try write("{}", "comparison.json", in: series)
    for folder in [run.url, series] { #expect(RunFolder.removeUnbegun(folder), "\(folder)") }
    #expect(try FileManager.default.contentsOfDirectory(atPath: parent.path) == [])
  }

  @Test(arguments: [
    ("checkpoints/update-00000003.safetensors", ""), ("notes.txt", "mine"),
    (
      "metrics.csv",
      "update,epoch,split,learning_rate,momentum,weight_decay,loss,seconds\n1,0,train,0.1,,,2.3,0.5\n"
    ), ("fold-1/summary.json", "{}"), ("a/b/c/config.yaml", ""),
  ]) func `stays where something else is in it`(name: String, text: String) throws {
    let folder = try RunFolder.create(under: parent, name: "run").url
    try write("", "config.yaml", in: folder)
    try write(text, name, in: folder)
    #expect(!RunFolder.removeUnbegun(folder))
    for name in ["config.yaml", name] {
      #expect(FileManager.default.fileExists(atPath: folder.path + "/" + name))
    }
  }
}

import Testing
import Torch

@Suite struct `A device` {
  @Test(arguments: ["cpu", "CPU", "Cpu", "cpu:0"])
  func `is found by its name in letters of any case`(word: String) throws {
    #expect(try Device(named: word) == .cpu)
  }

  @Test(arguments: [
    ("cpu:3", "There is no device cpu:3 here (cpu is one device, without a number); --device, or device in"),
    ("mps:1", "There is no device mps:1 here (mps is one device, without a number); "),
    ("cuda:99", "There is no device cuda:99 here; --device, or device in the config.yaml of a run "),
  ])
  func `that is not here is refused by the name that was typed`(word: String, words: String) throws {
    let error = #expect(throws: DeviceError.self) { try Device(named: word) }
    let sentence = "\(try #require(error))"
    #expect(sentence.hasPrefix(words), "\(sentence)")
    #expect(sentence.hasSuffix("cpu or auto.") || sentence.contains("cuda:0"), "\(sentence)")
  }

  @Test(arguments: [
    "gpu", "", "cuda:", "cuda:-1", "cuda:x", "cpu:0:0", "cpu 0", "cpu:99999999999999999999",
  ])
  func `that is none is refused`(word: String) {
    #expect(throws: DeviceError.unknown(word)) { try Device(named: word) }
  }
}

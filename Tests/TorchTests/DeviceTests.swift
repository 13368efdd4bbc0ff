import Testing
import Torch

@Suite struct `A device` {
  @Test(arguments: ["cpu", "CPU", "Cpu", "cpu:0"])
  func `is found by its name in letters of any case`(word: String) throws {
    #expect(try Device(named: word) == .cpu)
  }

  @Test(arguments: [
    "gpu", "", "cuda:", "cuda:-1", "cuda:x", "cpu:0:0", "cpu 0", "cpu:99999999999999999999",
  ])
  func `that is none is refused`(word: String) {
    #expect(throws: DeviceError.unknown(word)) { try Device(named: word) }
  }
}

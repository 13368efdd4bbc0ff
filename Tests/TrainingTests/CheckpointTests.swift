import Files
import Foundation
import Planning
import Runs
import TestSupport
import Testing
import Torch
import Training

@Suite struct `A checkpoint` {
  private let directory = TemporaryDirectory()

  private func write(_ task: SceneTask, to file: URL, step: Int = 4) throws {
    let optimizer = try makeOptimizer(settings().resolved, for: task.model)
    try Checkpoint.write(
      task.model, optimizer, at: .init(step: step, seconds: 1.5), metadata: ["model": "m"], to: file
    )
  }

  @Test func `brings back model, optimizer, step and seconds, to the last bit`() throws {
    let folder = try directory.folder()
    try run(in: folder)
    let task = SceneTask(seed: 99)
    let optimizer = try makeOptimizer(settings().resolved, for: task.model)
    let file = try #require(folder.newestCheckpoint)
    let resumed = try Checkpoint.resume(task.model, optimizer, from: file)
    #expect(resumed.step == 60)
    #expect(resumed.seconds > 0)
    let saved = try newestTensors(folder)
    for (name, bytes) in state(task.model, optimizer) {
      let key = name.replacing(/^[pb]\./, with: "model.").replacing(/^o\./, with: "optimizer.")
      #expect(saved[key] == bytes, "\(name)")
    }
  }

  @Test func `of another model is refused with every difference, and changes nothing`() throws {
    let file = try directory.folder().checkpoint(at: 4)
    try write(SceneTask(width: 8), to: file)
    let other = Sequential(Convolution(3, 4, kernel: 3), BatchNorm(4), Linear(4, 2))
    let before = state(other)
    let error = #expect(throws: TrainingError.self) { try Checkpoint.load(into: other, from: file) }
    guard case .checkpointMismatch(_, let missing, let extra, let misshapen)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(missing == ["2.weight", "2.bias"])
    #expect(extra == ["3.bias", "3.weight"])
    #expect(misshapen.count == 5, "one convolution's filters, four vectors of a batch norm")
    #expect(misshapen.first?.contains("[8, 3, 3, 3], the model has [4, 3, 3, 3]") == true)
    #expect(state(other) == before)
    #expect("\(try #require(error))".contains(file.path))
  }

  @Test(arguments: [0.0, 0.001, 0.3, 0.999])
  func `that is cut short is refused, and changes nothing`(share: Double) throws {
    let file = try directory.folder().checkpoint(at: 4)
    try write(SceneTask(), to: file)
    let whole = try Data(contentsOf: file)
    try whole.prefix(Int(share * Double(whole.count))).write(to: file)
    let task = SceneTask(seed: 99)
    let optimizer = try makeOptimizer(settings().resolved, for: task.model)
    let before = state(task.model, optimizer)
    let error = #expect(throws: SafetensorsError.self) {
      try Checkpoint.resume(task.model, optimizer, from: file)
    }
    #expect("\(try #require(error))".contains(file.path))
    #expect(state(task.model, optimizer) == before)
  }

  @Test func `of a model alone cannot be resumed from, and says why`() throws {
    let file = try directory.folder().checkpoint(at: 4)
    let task = SceneTask()
    try Safetensors.write(
      task.model.namedParameters.map { ("model." + $0.0, $0.1.value) }, to: file)
    let optimizer = try makeOptimizer(settings().resolved, for: task.model)
    let error = #expect(throws: TrainingError.self) {
      try Checkpoint.resume(task.model, optimizer, from: file)
    }
    #expect("\(try #require(error))".contains("the number of updates"))
  }

  /// A disk that is full is imitated by a limit on how large a file of this process may become.
  @Test func `for which the disk has no room leaves the one before`() throws {
    let file = try directory.folder().checkpoint(at: 4)
    try write(SceneTask(), to: file)
    let before = try Data(contentsOf: file)
    signal(SIGXFSZ, SIG_IGN)
    var usual = rlimit()
    getrlimit(fileSize, &usual)
    var small = rlimit(rlim_cur: 1024, rlim_max: usual.rlim_max)
    setrlimit(fileSize, &small)
    let error = #expect(throws: FileError.self) { try write(SceneTask(seed: 99), to: file) }
    setrlimit(fileSize, &usual)
    let sentence = "\(try #require(error))"
    #expect(sentence.contains(file.path), "\(sentence)")
    #expect(sentence.contains("Nothing there was changed"), "\(sentence)")
    #expect(try Data(contentsOf: file) == before)
    let names = try FileManager.default.contentsOfDirectory(
      atPath: file.deletingLastPathComponent().path)
    #expect(names == [file.lastPathComponent])
  }
}

#if os(Linux)
  private let fileSize = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
#else
  private let fileSize = RLIMIT_FSIZE
#endif

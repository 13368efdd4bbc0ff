import Foundation
import TestSupport
import Testing

/// One sentence that says what is wrong and what to do, status 2, and nothing made.
@Suite struct `Bad input` {
  private let directory = TemporaryDirectory()

  private func refuse(_ arguments: [String], _ messages: String...) throws {
    let result = try Program.run(arguments, in: directory.url)
    #expect(result.status == 2, "\(arguments): \(result.messages)")
    for words in messages {
      #expect(result.messages.contains(words), "\(arguments): \(result.messages)")
    }
    #expect(result.output == "")
    #expect(!FileManager.default.fileExists(atPath: directory.url("runs").path), "\(arguments)")
  }

  static let anywhere: [([String], String)] = [
    (["trian"], "trian"),
    (["schedule", "triangular", "--max-lrr", "1"], "--max-lr"),
    (["report", "nowhere"], "nowhere is not a run folder"),
    (["find-lr", "--curve", "nowhere.csv", "--repeats", "3"], "--repeats is for a test on data, and --curve"),
    (["find-lr", "--curve", "nowhere.csv", "--seed", "3"], "--seed is for a test on data, and --curve"),
    (["schedule", "--file", "nowhere.yaml", "--max-lr", "1"], "--max-lr is for a schedule by name, and --file"),
    (["schedule", "--file", "nowhere.yaml", "--t-0", "1"], "--t-0 is for a schedule by name, and --file"),
    (["find-lr", "--curve", "nowhere.csv"], "nowhere.csv cannot be read"),
    (
      ["find-lr", "--curve", "/dev/urandom"],
      "/dev/urandom cannot be read: it is longer than 64 MiB; name a CSV file with columns lr"
    ),
  ]

  @Test func `is refused`() async throws {
    try await concurrently(Self.anywhere) { try refuse($0, $1) }
  }

  private static let curves = [
    ("", "has no points"), ("lr,loss\n", "has no points"),
    ("lr,acc\n1,2\n", "line 1: the columns must be lr and loss, or lr and accuracy"),
    ("lr,loss\n0.1,2\n0.1,1\n", "line 3: the rate 0.1 is not above"),
    ("lr,loss\n-1,2\n", "line 2: the rate -1 must be"),
    ("lr,loss\n1,much\n", "'much' is not a number"),
  ]

  @Test func `in a curve is refused, by its line`() async throws {
    try await concurrently(Array(Self.curves.enumerated())) { index, curve in
      try directory.write(curve.0, "\(index).csv")
      try refuse(["find-lr", "--curve", "\(index).csv"], curve.1)
    }
  }

  #if LIBTORCH
    static let training: [([String], String)] = [
      (["--data", "fashion-minst"], "did you mean 'fashion-mnist'?"),
      (["--data", "nowhere/at/all"], "neither a data set nor a folder"),
      (["--model", "resnte-11"], "did you mean 'resnet-11'?"),
      (["--model", "vgg-11"], "for images of 12x12 pixels; it needs 32x32 at least"),
      (
        ["--dropout", "0.5"], "left out for resnet-11, which has no dropout; it is for wide-resnet"
      ),
      (["--dropout", "1"], "--dropout is 1.0, but must be from 0 to below 1"),
      (["--stochastic-depth", "0.5"], "for resnet-11, which has no stochastic depth"),
      (["--freeze", "fcc"], "--freeze: no parameter's name begins with 'fcc'; did you mean 'fc'?"),
      (["--unfreeze-at", "2ep"], "--freeze is missing"),
      (["--freeze", "fc", "--unfreeze-at", "2s"], "--unfreeze-at is 2s, but must be a length"),
      (["--optimizer", "sdg"], "did you mean 'sgd'?"), (["--watch", "atc"], "did you mean 'act'?"),
      (["--schedule", "onecylce"], "did you mean 'one-cycle'?"),
      (["--task", "clasify"], "--task has no value 'clasify'"),
      (["--device", "gpu"], "--device is gpu, but must be cpu, cuda (an NVIDIA or AMD card), cuda:1"),
      (["--device", "cuda:99"], "no device cuda:99"), (["--device", "cpu:3"], "no device cpu:3 here (cpu is one"),
      (["--epochs", "1", "--steps", "4"], "--steps is 4, but must be left out with --epochs 1.0"),
      (["--minutes", "1", "--max-minutes", "4"], "--max-minutes is 4.0, but must be left out with --minutes 1.0"),
      (["--schedule", "cosine", "--gamma", "0.9"], "--gamma is 0.9, but must be left out with --schedule cosine"),
      (["--config", "twice.yaml"], "--steps is 4, but must be left out with --epochs 2.0"),
      (["--epoch", "3"], "--epochs"), (["--epochs", "0"], "--epochs is 0.0, but must be above 0"),
      (["--epochs", "nan"], "--epochs is nan"), (["--steps", "0"], "--steps is 0"),
      (["--batch-size", "0"], "--batch-size is 0"),
      (["--batch-size", "65"], "at most 64, the number of training images"),
      (["--accumulate", "0"], "--accumulate is 0"), (["--clip-norm", "-1"], "--clip-norm"),
      (["--batch-size", "32", "--accumulate", "3"], "at most 2, the number of batches of 32"),
      (["--group", "head=fcc:10"], "did you mean 'fc'?"),
      (["--group", "fc:10"], "NAME=PREFIX[,PREFIX...]:FACTOR"),
      (["--base-lr=-0.1"], "--base-lr is -0.1"), (["--max-lr", "0"], "--max-lr is 0.0"),
      (["--max-lr", "nan"], "--max-lr is nan"), (["--max-lr", "inf"], "--max-lr is inf"),
      (["--base-lr", "0.5", "--max-lr", "0.1"], "--base-lr (0.5) must be below --max-lr (0.1)"),
      (["--base-lr", "0.1", "--max-lr", "0.1"], "--base-lr (0.1) must be below --max-lr (0.1)"),
      (["--range-test-min-lr", "0"], "--range-test-min-lr is 0.0"),
      (["--range-test-max-lr", "inf"], "--range-test-max-lr is inf"),
      (["--range-test-min-lr", "20"], "must be below --range-test-max-lr (10.0)"),
      (["--range-test-on", "acuracy", "--max-lr", "0.1"], "did you mean 'accuracy'?"),
      (
        ["--range-test-on", "accuracy"], "--range-test-on is accuracy, but must be left out with --base-lr and --max-lr"
      ),
      (["--cutout", "13"], "--cutout is 13, but must be at most 12, the shorter side of the training images"),
      (["--recipe", "from-scratch", "--zero-head"], "--zero-head is true, but must be given with --weights"),
      (["--precision", "bfloat"], "did you mean 'bfloat16'?"),
      (["--precision", "float16"], "must be float32 or bfloat16 on a CPU"),
      (["--range-test-shape", "lineal"], "did you mean 'linear'?"),
      (["--step-size", "soon"], "--step-size is soon"), (["--epochs", "many"], "--epochs"),
      (["--config", "nowhere.yaml"], "nowhere.yaml cannot be read"),
      (["--config", "bad.yaml"], "bad.yaml, line 2: there is no setting 'batchsize'"),
      (["--resume", "nowhere"], "nowhere is not a run folder"),
      (["--resume", "x", "--epochs", "3"], "run's own settings"),
    ]

    @Test func `for an evaluation of predictions is refused beside what is for a run`() throws {
      try refuse(
        ["evaluate", "--predictions", "a", "--ground-truth", "b", "--timeout", "5"],
        "--processes and --timeout are for a run folder")
      try refuse(["find-lr", "--curve", "a", "--processes", "2"], "--processes and --timeout are for a test on data")
    }

    @Test(arguments: [["--seeds", "4"], ["--schedules", "auto,cosine"]])
    func `for a comparison that is resumed is refused`(arguments: [String]) throws {
      try refuse(
        ["compare", "--resume", "x"] + arguments,
        "own settings, schedules and seeds; leave out \(arguments[0]).")
    }

    @Test func `for training is refused`() async throws {
      try TinyData.write(to: directory)
      try directory.write("epochs: 3\nbatchsize: 8\n", "bad.yaml")
      try directory.write("epochs: 2\nsteps: 4\n", "twice.yaml")
      try await concurrently(Self.training) { arguments, messages in
        let data = arguments.contains("--data") || arguments.contains("--resume")
        let rates =
          arguments.contains { $0.contains("-lr") } ? [] : ["--base-lr", "0.01", "--max-lr", "0.1"]
        let more = arguments.contains("--resume") ? [] : rates
        try refuse(["train"] + (data ? [] : ["--data", "."]) + arguments + more, messages)
      }
    }

    /// A file of the data set, what becomes of it, and what the sentence must contain.
    static let damage: [(String, @Sendable (Data) -> Data?, String)] = [
      ("train-images-idx3-ubyte", { _ in nil }, "has no train-images-idx3-ubyte"),
      ("train-images-idx3-ubyte", { $0.dropLast(7) }, "9216 bytes, but the file has 9209"),
      ("train-labels-idx1-ubyte", { _ in Data() }, "it is empty"),
      ("t10k-images-idx3-ubyte", { Data([1]) + $0.dropFirst() }, "begins with 1 0 8 3"),
      (
        "t10k-labels-idx1-ubyte", { Data($0.prefix(7)) + [15] + $0.dropFirst(8).dropLast() },
        "15 labels"
      ),
    ]

    @Test(arguments: damage.indices)
    func `in a data file is refused, by its name`(index: Int) throws {
      let (name, change, messages) = Self.damage[index]
      try TinyData.write(to: directory)
      if let bytes = change(try Data(contentsOf: directory.url(name))) {
        try bytes.write(to: directory.url(name))
      } else {
        try FileManager.default.removeItem(at: directory.url(name))
      }
      try refuse(["train", "--data", "."], messages, name)
    }

    @Test func `as a place for runs that is a file is refused`() throws {
      try TinyData.write(to: directory)
      try directory.write("mine", "file")
      try refuse(["train", "--data", ".", "--runs", "file"], "file")
      #expect(try String(contentsOf: directory.url("file"), encoding: .utf8) == "mine")
    }

    @Test func `like a half-cycle longer than the run is reported, and done`() throws {
      try TinyData.write(to: directory)
      let result = try Program.run(
        [
          "train", "--data", ".", "--steps", "4", "--batch-size", "8", "--schedule", "triangular",
          "--base-lr", "0.01", "--max-lr", "0.1", "--step-size", "100",
        ], in: directory.url)
      #expect(result.status == 0, "\(result.messages)")
      #expect(
        result.messages.contains(
          "The rise of a cycle (100 updates) is not shorter than the run (4): the rate only rises, to 0.0127"))
    }
  #endif
}

import Foundation
import TestSupport
import Testing

/// `rondo data fetch`, from a server that is not there: the tests need no network.
@Suite struct `Fetching data` {
  private let directory = TemporaryDirectory()

  private func fetch(_ arguments: [String]) throws -> Program.Result {
    try Program.run(
      ["data", "fetch"] + arguments, in: directory.url,
      environment: ["RONDO_DATA": directory.url("data").path])
  }

  @Test func `of an unknown name names the nearest`() throws {
    let result = try fetch(["cifar-11"])
    #expect(result.status == 2)
    #expect(
      result.messages == "rondo: There is no data set 'cifar-11' to fetch; did you mean 'cifar10'? "
        + "Known names: fashion-mnist, mnist, kmnist, cifar10, cifar100.\n")
  }

  @Test func `without a server says so, and what to put where`() throws {
    // Nobody listens at the discard port. A name is taken as others write it.
    let result = try fetch(["CIFAR-10", "--from", "http://127.0.0.1:9/"])
    #expect(result.status == 1)
    let folder = directory.url("data/cifar10").path
    #expect(
      result.messages.contains("http://127.0.0.1:9/cifar-10-binary.tar.gz cannot be reached ("))
    #expect(
      result.messages.contains(
        "with a network connection, or put cifar-10-binary.tar.gz into \(folder) and run this command "
          + "again.\n"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
  }

  @Test func `of what was put there by hand checks that it is the published file`() throws {
    let folder = directory.url("data/cifar10")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let archive = folder.appendingPathComponent("cifar-10-binary.tar.gz")
    try Data("abc".utf8).write(to: archive)
    let result = try fetch(["cifar10"])
    #expect(result.status == 2)
    #expect(
      result.messages.contains(
        "cifar-10-binary.tar.gz is not the file that was published: its MD5 sum is "
          + "900150983cd24fb0d6963f7d28e17f72, and should be c32a1d4ab5d03f1284b67883e8d87530; move it"
      ))
    #expect(try Data(contentsOf: archive) == Data("abc".utf8), "it is the user's")
  }

  @Test func `of what is here already does nothing`() throws {
    let folder = directory.url("data/cifar100")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for name in ["train.bin", "test.bin", "fine_label_names.txt", "coarse_label_names.txt"] {
      try Data().write(to: folder.appendingPathComponent(name))
    }
    let result = try fetch(["cifar100", "--from", "http://127.0.0.1:9/"])
    #expect(result.status == 0)
    #expect(result.output == folder.path + "\n")
    #expect(result.messages == "cifar100 is here already.\n")
  }

  #if LIBTORCH
    @Test func `is never done by training`() throws {
      let result = try Program.run(
        ["train", "--data", "cifar10"], in: directory.url,
        environment: ["RONDO_DATA": directory.url("data").path])
      #expect(result.status == 2)
      #expect(
        result.messages.contains(
          "cifar10 is not here: looked in \(directory.url("data").path)/cifar10. 'rondo data fetch cifar10' "
            + "downloads it, or put data_batch_1.bin, "))
      #expect(!FileManager.default.fileExists(atPath: directory.url("data").path))
    }

    @Test func `that was fetched is found by its name`() throws {
      let image = Data(repeating: 9, count: 3_072)
      let folder = directory.url("data/cifar10")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      for name in (1...5).map({ "data_batch_\($0).bin" }) + ["test_batch.bin"] {
        try ((0..<10).map { Data([$0]) + image }.reduce(Data(), +))
          .write(to: folder.appendingPathComponent(name))
      }
      try Data((0..<10).map { "class\($0)\n" }.joined().utf8)
        .write(to: folder.appendingPathComponent("batches.meta.txt"))
      let result = try Program.run(
        [
          "train", "--data", "cifar10", "--steps", "1", "--batch-size", "4", "--base-lr", "0.01",
          "--max-lr", "0.1",
        ], in: directory.url, environment: ["RONDO_DATA": directory.url("data").path])
      #expect(result.status == 0, "\(result.messages)")
      #expect(
        result.messages.contains("cifar10: 50 training and 10 test images, 32x32x3, 10 classes"))
      #expect(result.messages.contains("runs/cifar10-1"))
    }
  #endif
}

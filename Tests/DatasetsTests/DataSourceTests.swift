import Datasets
import Foundation
import TestSupport
import Testing

@Suite struct `A data set` {
  @Test(arguments: [
    ("Fashion_MNIST", "fashion-mnist"), ("FashionMNIST", "fashion-mnist"), ("MNIST", "mnist"),
    ("CIFAR-10", "cifar10"), ("cifar_100", "cifar100"), ("Shapes", "shapes"),
  ])
  func `is found by its name as others write it`(word: String, name: String) throws {
    #expect(try DataSource(named: word).name == name)
  }

  @Test(arguments: ["photos.tar", "photos.tar.gz", "photos.json", "photos.yaml", "photos.csv"])
  func `is a folder, also where its name ends as a file's`(name: String) throws {
    let directory = TemporaryDirectory()
    for label in ["a", "b"] {
      for index in 0..<4 {
        try directory.write(ImageFixture.bytes("gray.png"), "\(name)/\(label)/\(index).png")
      }
    }
    let data = try DataSource(named: directory.path(name)).load()
    #expect(data.classNames == ["a", "b"])
    #expect(AnnotationFormat.recognized(at: directory.path(name)) == nil)
    #expect(Array(ImagePaths(try ImagePaths.unpacked([directory.path(name)]))).count == 8)
  }

  @Test func `is no link that leads nowhere or to itself`() throws {
    let directory = TemporaryDirectory()
    for (name, target, words) in [
      ("a", "gone", "does not exist"), ("b", "b", "leads back to itself"),
    ] {
      let path = directory.path(name)
      try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
      let error = #expect(throws: DataError.self) { try DataSource(named: path) }
      let sentence = "\(try #require(error))"
      #expect(sentence.hasPrefix("\(path) cannot be read: it is a link "), "\(sentence)")
      #expect(sentence.contains(words), "\(sentence)")
    }
  }

  @Test func `is no other's in any spelling`() {
    #expect((try? DataSource(named: "cifar-1-0")) == nil)
    #expect((try? DataSource(named: "mnist2")) == nil)
  }
}

import Datasets
import Testing

@Suite struct `A data set` {
  @Test(arguments: [
    ("Fashion_MNIST", "fashion-mnist"), ("FashionMNIST", "fashion-mnist"), ("MNIST", "mnist"),
    ("CIFAR-10", "cifar10"), ("cifar_100", "cifar100"), ("Shapes", "shapes"),
  ])
  func `is found by its name as others write it`(word: String, name: String) throws {
    #expect(try DataSource(named: word).name == name)
  }

  @Test func `is no other's in any spelling`() {
    #expect((try? DataSource(named: "cifar-1-0")) == nil)
    #expect((try? DataSource(named: "mnist2")) == nil)
  }
}

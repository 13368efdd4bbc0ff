// What is trained: data set, network, optimizer, batch size.

import ArgumentParser
import Datasets
import Foundation
import Tasks
import Training

/// One combination in which every adviser is asked and every peak of a grid is tried.
struct Case: Codable, Hashable {
  enum Data: String, Codable { case fashion, cifar10, shapes }

  let data: Data
  let network: NetworkKind
  let optimizer: String
  let batchSize: Int

  var name: String { "\(data.rawValue)-\(network.rawValue)-\(optimizer)-\(batchSize)" }

  /// Updates of a training: few, since there are hundreds of trainings.
  ///
  /// There are more for shapes, of which a network learns nothing in its first few hundred, and for the network
  /// that nothing normalizes.
  var steps: Int {
    let usual =
      switch (data, batchSize) {
      case (.shapes, 32): 1500
      case (.shapes, _): 500
      case (_, 32): 800
      default: 300
      }
    return network == .unnormalized ? 2 * usual : usual
  }

  /// Each of the three data sets, four networks, three optimizers and two batch sizes in turn, so
  /// that no two cases differ in one thing alone and each thing has several cases.
  static let all: [Case] = [
    Case(.fashion, .plain, "sgd", 32), Case(.shapes, .residual, "sgd", 32),
    Case(.cifar10, .residual, "adamw", 32), Case(.fashion, .unnormalized, "adamw", 256),
    Case(.shapes, .plain, "adamw", 32), Case(.cifar10, .plain, "adam", 256),
    Case(.fashion, .dense, "adam", 32), Case(.shapes, .unnormalized, "adam", 32),
    Case(.cifar10, .unnormalized, "sgd", 256), Case(.fashion, .residual, "sgd", 256),
    Case(.shapes, .dense, "sgd", 256), Case(.cifar10, .dense, "sgd", 32),
  ]

  /// Cases that were not looked at while the evaluation's numbers were chosen: they tell whether these
  /// hold elsewhere.
  static let heldOut: [Case] = [
    Case(.fashion, .unnormalized, "sgd", 32), Case(.shapes, .residual, "adam", 256),
    Case(.cifar10, .residual, "sgd", 32), Case(.fashion, .dense, "adamw", 256),
    Case(.shapes, .plain, "sgd", 32), Case(.cifar10, .unnormalized, "adam", 32),
    Case(.fashion, .residual, "adam", 32), Case(.cifar10, .plain, "sgd", 256),
  ]

  init(_ data: Data, _ network: NetworkKind, _ optimizer: String, _ batchSize: Int) {
    self.data = data
    self.network = network
    self.optimizer = optimizer
    self.batchSize = batchSize
  }

  /// The peaks of the grid, each twice the last; wide enough that the best has neighbors.
  var grid: [Double] {
    let highest = optimizer == "sgd" ? 0.4 : -0.8
    return (0..<10).map { pow(10, highest - 0.3 * Double($0)) }
  }
}

/// Keeps the data sets that were asked for; each is read once.
final class DataShelf {
  private let cifar10: String?
  /// Training images of the short cases; all test images are evaluated on.
  static let trainingImages = 12_800

  init(cifar10: String?) { self.cifar10 = cifar10 }

  func has(_ name: Case.Data) -> Bool {
    switch name {
    case .fashion: DataSource.fashionMNIST.isPresent
    case .shapes: true
    case .cifar10: cifar10 != nil
    }
  }

  /// The data of a short case.
  func data(_ name: Case.Data) throws -> ImageData {
    try data(name, images: Self.trainingImages, evaluated: Int.max)
  }

  private struct Subset: Hashable {
    let name: Case.Data
    let images, evaluated: Int
  }
  private var subsets: [Subset: ImageData] = [:]
  private var whole: [Case.Data: ImageData] = [:]

  /// A data set with so many training and evaluation images, evenly spread over its files; each is made once.
  func data(_ name: Case.Data, images: Int, evaluated: Int) throws -> ImageData {
    let key = Subset(name: name, images: images, evaluated: evaluated)
    if let subset = subsets[key] { return subset }
    let all = try whole[name] ?? load(name)
    whole[name] = all
    guard let train = all.train as? ImageSet, let test = all.test as? ImageSet else {
      throw ValidationError("\(all.name) is too large to be kept in memory.")
    }
    let subset = ImageData(
      name: all.name, train: train.everyNth(keeping: images),
      test: test.everyNth(keeping: evaluated), classNames: all.classNames, found: all.found)
    subsets[key] = subset
    return subset
  }

  private func load(_ name: Case.Data) throws -> ImageData {
    switch name {
    case .fashion: try DataSource.fashionMNIST.load()
    case .shapes: try DataSource.shapes.load()
    case .cifar10: try DataSource(named: cifar10 ?? "").load()
    }
  }
}

extension ImageSet {
  /// So many images, evenly spread over the set, so that an order by class does no harm.
  fileprivate func everyNth(keeping kept: Int) -> ImageSet {
    guard count > kept else { return self }
    let places = (0..<kept).map { $0 * count / kept }
    return ImageSet(
      height: height, width: width, channels: channels,
      pixels: places.flatMap { pixels[($0 * bytesPerImage)..<(($0 + 1) * bytesPerImage)] },
      labels: places.map { labels[$0] })
  }
}

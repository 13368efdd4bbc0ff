extension PublishedData {
  /// The data sets that can be fetched.
  public static let all = [fashionMNIST, mnist, kuzushijiMNIST, cifar10, cifar100]

  /// - Source: Xiao, Rasul, Vollgraf, *Fashion-MNIST* (2017), table 2; the sums are its repository's.
  public static let fashionMNIST = PublishedData(
    name: "fashion-mnist", summary: "70,000 gray images of clothes, 28x28, 10 classes",
    format: .idx([
      "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
      "Ankle boot",
    ]),
    files: idx(
      "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
      [
        "8d4fb7e6c68d591d4c3dfef9ec88bf0d", "25c81989df183df01b3e8a0aad5dffbe",
        "bef4ecab320f06d8554ea6380940ec79", "bb300cfdad3c16e7a12a480ee83cd310",
      ]),
    packageFolders: ["/usr/share/datasets/fashion-mnist"])

  /// - Source: LeCun, Cortes, Burges, *The MNIST database*; the copy and its sums are torchvision's, since
  ///   the first server no longer gives the files away.
  public static let mnist = PublishedData(
    name: "mnist", summary: "70,000 gray images of digits, 28x28, 10 classes",
    format: .idx((0..<10).map { "\($0)" }),
    files: idx(
      "https://ossci-datasets.s3.amazonaws.com/mnist",
      [
        "f68b3c2dcbeaaa9fbdd348bbdeb94873", "d53e105ee54ea40749a09fcbcd1e9432",
        "9fb629c4189551a2d022fa330f9573f3", "ec29112dd5afa0611ce80d1b7f02629c",
      ]))

  /// - Source: Clanuwat et al., *Deep Learning for Classical Japanese Literature* (2018); the sums are
  ///   torchvision's.
  public static let kuzushijiMNIST = PublishedData(
    name: "kmnist", summary: "70,000 gray images of cursive Japanese letters, 28x28, 10 classes",
    format: .idx(["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"]),
    files: idx(
      "http://codh.rois.ac.jp/kmnist/dataset/kmnist",
      [
        "bdb82020997e1d708af4cf47b453dcf7", "e144d726b3acfaa3e44228e80efcd344",
        "5c965bf0a639b31b8f53240b1b52f4d7", "7320c461ea6c1c855c0b718fb2a4b134",
      ]))

  /// - Source: Krizhevsky, *Learning Multiple Layers of Features from Tiny Images* (2009); the sum is the
  ///   publisher's page's.
  public static let cifar10 = PublishedData(
    name: "cifar10", summary: "60,000 photographs, 32x32, 10 classes", format: .cifar10,
    files: [
      File(
        name: "cifar-10-binary.tar.gz",
        url: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
        md5: "c32a1d4ab5d03f1284b67883e8d87530")
    ])

  /// - Source: as CIFAR-10's.
  public static let cifar100 = PublishedData(
    name: "cifar100", summary: "60,000 photographs, 32x32, 100 classes in 20 groups",
    format: .cifar100,
    files: [
      File(
        name: "cifar-100-binary.tar.gz",
        url: "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
        md5: "03b5dce01913d631647c71ecec9e9cb8")
    ])

  /// MNIST's four files under a common address.
  private static func idx(_ address: String, _ sums: [String]) -> [File] {
    let names = [
      "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz",
      "t10k-labels-idx1-ubyte.gz",
    ]
    return zip(names, sums).map { File(name: $0, url: address + "/" + $0, md5: $1) }
  }
}

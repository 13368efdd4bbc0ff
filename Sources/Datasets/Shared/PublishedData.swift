import Files
import Foundation

/// A data set that its publisher offers for download, and where it lies once it is here.
public struct PublishedData: Sendable, Hashable {
  /// A file as the publisher offers it.
  public struct File: Sendable, Hashable {
    /// The name of the file.
    public let name: String
    /// The address from which the file is downloaded.
    public let url: String
    /// The MD5 sum that its publisher names, in hexadecimal digits.
    public let md5: String

    /// Creates the description of a file.
    public init(name: String, url: String, md5: String) {
      self.name = name
      self.url = url
      self.md5 = md5
    }
  }

  /// The format in which the data set is published.
  public enum Format: Sendable, Hashable {
    /// Four IDX files, and the names of its classes.
    case idx([String])
    /// CIFAR-10's binary version, in an archive.
    case cifar10
    /// CIFAR-100's binary version, in an archive.
    case cifar100
  }

  /// The name by which it is asked for.
  public let name: String
  /// A description for display.
  public let summary: String
  /// The format in which the data set is published.
  public let format: Format
  /// The files that are to be downloaded.
  public let files: [File]
  /// Folders in which a package of the system puts the data set.
  public let packageFolders: [String]

  /// Creates the description of a data set.
  public init(
    name: String, summary: String, format: Format, files: [File], packageFolders: [String] = []
  ) {
    self.name = name
    self.summary = summary
    self.format = format
    self.files = files
    self.packageFolders = packageFolders
  }

  /// The files that lie in its folder once it is here.
  ///
  /// IDX files may also be there without `.gz`.
  public var contents: [String] {
    switch format {
    case .idx: files.map(\.name)
    case .cifar10: CIFAR.tenNames + [CIFAR.tenClasses]
    case .cifar100: CIFAR.hundredNames + [CIFAR.fineClasses, CIFAR.coarseClasses]
    }
  }

  /// Whether the data set is downloaded as an archive, which is then unpacked.
  public var isArchived: Bool {
    switch format {
    case .idx: false
    case .cifar10, .cifar100: true
    }
  }

  // MARK: Where it lies

  /// The folder above those of fetched data sets: `RONDO_DATA`, or else `rondo` in the user's folder for
  /// data.
  public static var home: String {
    let environment = ProcessInfo.processInfo.environment
    func named(_ variable: String) -> String? {
      environment[variable].flatMap { $0.isEmpty ? nil : $0 }
    }
    if let own = named("RONDO_DATA") { return withHome(own) }
    return (named("XDG_DATA_HOME") ?? withHome("~/.local/share")) + "/rondo"
  }

  /// The folder into which it is fetched.
  public var ownFolder: String { Self.home + "/" + name }

  /// The folders in which it is looked for, in this order.
  public var folders: [String] { [ownFolder] + packageFolders }

  /// The folder in which it lies whole; nil if it is not here.
  public var folder: String? { folders.first(where: isWhole) }

  private func isWhole(_ folder: String) -> Bool {
    contents.allSatisfy { name in
      let plain = name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
      return [name, plain].contains { FileManager.default.fileExists(atPath: folder + "/" + $0) }
    }
  }

  /// What to do to have it.
  public var remedy: String {
    let package =
      packageFolders.isEmpty
      ? "" : "On Debian 'apt-get install dataset-\(name)' brings it; elsewhere "
    let fetch = "'rondo data fetch \(name)' downloads it"
    return (package + fetch).capitalizingFirst + ", or put \(contentSummary) into \(ownFolder)."
  }

  private var contentSummary: String {
    switch format {
    case .idx: "its four IDX files"
    case .cifar10, .cifar100: contents.joined(separator: ", ")
    }
  }
}

extension String {
  fileprivate var capitalizingFirst: String { prefix(1).uppercased() + dropFirst() }
}

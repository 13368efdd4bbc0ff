import Formatting
import Foundation

/// Why tar archives cannot be read as shards of a data set.
public enum ShardError: Error, Equatable {
  /// A file that is compressed, so that nothing can be read from its middle.
  case compressed(file: String, kind: String)
  /// A file that is not a tar archive.
  case noArchive(file: String)
  /// An archive that ends too early.
  case truncated(file: String)
  /// An archive with a header that is none.
  case damaged(file: String, byte: Int)
  /// A member that cannot be used.
  case member(file: String, name: String, MemberFault)
  /// An image whose label says nothing.
  case badLabel(file: String, name: String, text: String)
  /// A label's number that would make far more classes than there are images.
  case highLabel(file: String, name: String, number: Int)
  /// A number of a class that the list of names does not have.
  case noSuchClass(file: String, name: String, number: Int, classes: Int, list: String)
  /// Labels that are numbers in one member, and names in another.
  case mixedLabels(number: String, name: String)
  /// An image that is labeled with something else than is wanted.
  case otherContent(file: String, name: String, found: ShardContent, wanted: ShardContent)
  /// Masks of instances beside masks of classes.
  case mixedMasks(instances: String, classes: String)
  /// Shards of a list that are not there.
  case missing(name: String, first: String, count: Int, of: Int)
  /// A pattern that stands for more shards than are read.
  case tooMany(name: String, count: Int, most: Int)
  /// Shards of no part beside those of one.
  case ofNoPart(folder: String, file: String, part: String)
  /// Shards of evaluation images alone.
  case noTrainingShards(folder: String)

  /// What is wrong with a member.
  public enum MemberFault: Sendable, Hashable {
    /// The member is a link.
    case link
    /// Its name leads out of the archive.
    case leavesArchive
    /// The member is neither a regular file nor a folder, or is a sparse file.
    case otherKind
    /// Another member has the same name, or its key has two images or two labels.
    case twice(String)
    /// The image has no label.
    case noLabel
  }
}

extension ShardError: DescribedError {
  /// One sentence: what, where, what to do.
  public var description: String {
    switch self {
    case .compressed(let file, let kind):
      "\(file) is compressed (\(kind)), and images are read from the middle of an archive; decompress it first"
    case .noArchive(let file): "\(file) is not a tar archive; name shards that are"
    case .truncated(let file):
      "\(file) is truncated: it ends before its last member does, or without the end mark of an archive; copy or "
        + "write it again"
    case .damaged(let file, let byte):
      "\(file) is damaged: there is no header at byte \(byte); copy or write it again"
    case .member(let file, let name, let fault): Self.text(file, name.printable, fault)
    case .badLabel(let file, let name, let text):
      "\(file): the label of \(name.printable) is '\(text.printable)'; it must be a class's number, from 0, or its name"
    case .highLabel(let file, let name, let number):
      "\(file): the label of \(name.printable) is \(number), which would make that many classes of far fewer images; "
        + "number the classes from 0 on"
    case .noSuchClass(let file, let name, let number, let classes, let list):
      "\(file): the label of \(name.printable) is \(number), and \(list) has \(classes) names, from number 0 on"
    case .mixedLabels(let number, let name):
      "the label of \(number.printable) is a number and that of \(name.printable) is a name; label all in one way"
    case .otherContent(let file, let name, let found, let wanted):
      "\(file): \(name.printable) has no \(wanted.noun) (\(wanted.source)), but \(found == .boxes ? "" : "a ")\(found.noun); "
        + "label all images of a data set in one way, or choose the task with --task"
    case .mixedMasks(let instances, let classes):
      "\(instances.printable) is a mask of instances by its name and \(classes.printable) one of classes; draw all in "
        + "one way"
    case .missing(let name, let first, let count, let all):
      "\(count) of the \(all) shards of \(name) are not there, the first \(first); name those that are"
    case .tooMany(let name, let count, let most):
      "\(name) stands for \(count) shards, and at most \(most) are read; name those that are there"
    case .ofNoPart(let folder, let file, let part):
      "\(folder) has shards of a split, as \(part), and \(file), whose name says none; name it after train, val or test"
    case .noTrainingShards(let folder):
      "\(folder) has only shards of evaluation images by their names; add those to train on, named after train"
    }
  }

  private static func text(_ file: String, _ name: String, _ fault: MemberFault) -> String {
    switch fault {
    case .link: "\(file): \(name) is a link; write the file itself into the archive"
    case .leavesArchive:
      "\(file): the name \(name) leads out of the archive; write the archive with relative names"
    case .otherKind: "\(file): \(name) is not a regular file; write the archive without it"
    case .twice(let other):
      "\(file): \(name) and \(other.printable) belong to one image, which has one image file and one label; give the "
        + "images different names"
    case .noLabel:
      "\(file): nothing says the class of \(name): there is no .cls file, no .json file with \"label\" or "
        + "\"annotations\" and no mask beside it, and it lies in no folder; label it or leave it out"
    }
  }
}

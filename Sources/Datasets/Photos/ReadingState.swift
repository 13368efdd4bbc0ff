import Synchronization

/// What the threads that read a set of images share: readers that are not in use, and what was found
/// broken.
final class ReadingState<Reader>: Sendable {
  /// A reader; it is in one thread's hands at a time.
  private struct Lent: @unchecked Sendable {
    let reader: Reader
  }

  private let free = Mutex<[Lent]>([])
  private let faults = Mutex<[Int: ImageFault]>([:])
  private let makeReader: @Sendable () -> Reader

  init(makeReader: @escaping @Sendable () -> Reader) { self.makeReader = makeReader }

  /// Lends a reader that nobody else has.
  func withReader<Result, Fault: Error>(
    _ body: (Reader) throws(Fault) -> Result
  ) throws(Fault) -> Result {
    let lent = free.withLock { $0.popLast() } ?? Lent(reader: makeReader())
    defer { free.withLock { $0.append(lent) } }
    return try body(lent.reader)
  }

  /// Notes an image that could not be read, and returns how many there are.
  @discardableResult func note(_ fault: ImageFault, _ index: Int) -> Int {
    faults.withLock { faults in
      faults[index] = fault
      return faults.count
    }
  }

  /// The images that could not be read, by their places among these paths.
  func broken(_ path: (Int) -> String) -> [BrokenImage] {
    faults.withLock { $0 }.sorted { $0.key < $1.key }
      .map { BrokenImage(path: path($0.key), fault: $0.value) }
  }

  /// The error of too many images that are broken, of so many in a set.
  func tooManyBroken(of count: Int, in set: String, _ path: (Int) -> String) -> DataError {
    let broken = broken(path)
    return .tooManyBroken(
      folder: set, broken: broken.count, of: count,
      broken.first ?? BrokenImage(path: set, fault: .empty))
  }

  /// The error of a batch in which no image is left.
  func noneLeft(of count: Int, in set: String, _ path: (Int) -> String) -> DataError {
    let broken = broken(path)
    guard let first = broken.first, broken.count < count else {
      return tooManyBroken(of: count, in: set, path)
    }
    return .noneLeft(folder: set, broken: broken.count, of: count, first)
  }
}

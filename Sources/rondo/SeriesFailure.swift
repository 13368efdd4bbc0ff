#if LIBTORCH
  import Formatting

  /// Runs of a series that failed: with one of them the command has, whatever the others gave.
  struct SeriesFailure: DescribedError {
    private let failed: [String]
    private let count: Int
    private let noun: String

    /// Checks that no run of a series has failed.
    ///
    /// - Parameters:
    ///   - failed: what tells the failed runs from the others.
    ///   - count: how many runs there are.
    ///   - noun: what they are called: `folds`.
    /// - Throws: `SeriesFailure`.
    static func check(_ failed: [String], of count: Int, _ noun: String) throws {
      guard !failed.isEmpty else { return }
      throw SeriesFailure(failed: failed, count: count, noun: noun)
    }

    var description: String {
      "\(failed.count) of \(count) \(noun) failed: \(listed(failed)). The report says why; to train one again, "
        + "remove its folder and resume."
    }
  }
#endif

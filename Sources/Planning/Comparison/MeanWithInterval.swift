import Numbers

/// The mean of a few numbers, with its confidence interval.
public struct MeanWithInterval: Sendable, Hashable, Codable {
  /// How many numbers there are.
  public let count: Int
  /// The mean.
  public let mean: Double
  /// Half the width of the mean's 95 % interval, by Student's t; nil for fewer than two numbers.
  @NilAsNull public private(set) var halfWidth: Double?

  enum CodingKeys: String, CodingKey {
    case count, mean
    case halfWidth = "half_width"
  }

  /// Measures some numbers; nil for none.
  public init?(_ values: [Double]) {
    guard !values.isEmpty else { return nil }
    count = values.count
    mean = values.reduce(0, +) / Double(values.count)
    guard values.count > 1 else {
      _halfWidth = NilAsNull(wrappedValue: nil)
      return
    }
    let mean = mean
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let error = (squares / Double(values.count - 1) / Double(values.count)).squareRoot()
    _halfWidth = NilAsNull(wrappedValue: Self.studentT(freedom: values.count - 1) * error)
  }

  /// The 0.975 quantile of Student's t distribution.
  private static func studentT(freedom: Int) -> Double {
    let known = [
      12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
      2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
      2.052, 2.048, 2.045, 2.042,
    ]
    guard freedom > known.count else { return known[max(1, freedom) - 1] }
    // Cornish and Fisher's expansion about the normal quantile, right to three digits from 30 on.
    let z = 1.959964
    let n = Double(freedom)
    return z + (z * z * z + z) / (4 * n) + (5 * z * z * z * z * z + 16 * z * z * z + 3 * z)
      / (96 * n * n)
  }
}

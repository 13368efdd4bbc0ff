import Formatting
import Foundation

/// A range test's curve in a file that cannot be used.
public enum CurveFileError: DescribedError, Equatable {
  /// The file is not there, or is no text, and why.
  case cannotRead(file: String, reason: String)
  /// A line that cannot be read, and why.
  case badLine(file: String, line: Int, reason: String)
  /// The file has no points.
  case empty(file: String)

  /// One sentence: the file, the line, what is wrong.
  public var description: String {
    switch self {
    case .cannotRead(let file, let reason):
      "\(file) cannot be read: \(reason); name a CSV file with columns lr and loss, or lr and accuracy."
    case .badLine(let file, let line, let reason): "\(file), line \(line): \(reason)."
    case .empty(let file): "\(file) has no points; a curve needs a line for each learning rate."
    }
  }
}

extension RangeTestCurve {
  /// The columns of SGD's momentum and of the rate divided by 1 - momentum.
  public static let momentumColumns = ["momentum", "step"]

  /// Reads a curve from CSV with a header: a column `lr` or `learning_rate`, and one `loss` or
  /// `accuracy`, or one of the name that is asked for.
  ///
  /// An accuracy is taken as the loss of 1 minus it; see `RangeTestMeasure.loss(ofMetric:)`.
  /// - Parameters:
  ///   - column: the column to read, such as one of several terms of the loss.
  ///   - isMetric: whether a name is that of a metric of which more is better, as the accuracy is. Beside a column `loss`
  ///     a column of such a name is a term of the loss, unless it is the accuracy.
  /// - Throws: `CurveFileError` naming the file and the line.
  public static func read(
    csv path: String, column: String? = nil, isMetric: (String) -> Bool = { _ in false }
  ) throws -> RangeTestCurve {
    try read(csv: path, columns: column.map { [$0] } ?? ["loss", "accuracy"]) { name, names in
      name == "accuracy" || !names.contains("loss") && isMetric(name) ? .metric(name) : .trainingLoss
    }
  }

  /// Reads a curve of a known measure from CSV.
  ///
  /// - Throws: `CurveFileError` naming the file and the line.
  public static func read(csv path: String, measure: RangeTestMeasure) throws -> RangeTestCurve {
    try read(csv: path, columns: [measure.name]) { _, _ in measure }
  }

  private static func read(
    csv path: String, columns wanted: [String], measure: (String, _ among: [String]) -> RangeTestMeasure
  ) throws -> RangeTestCurve {
    let text: String
    do throws(TextFile.Fault) { text = try TextFile.read(path) } catch {
      throw CurveFileError.cannotRead(file: path, reason: "\(error)")
    }
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
      .filter { !$0.element.allSatisfy(\.isWhitespace) }.map { (number: $0.offset + 1, text: $0.element) }
    guard let header = lines.first else { throw CurveFileError.empty(file: path) }
    let names = cells(header.text)
    guard let rate = names.firstIndex(where: { $0 == "lr" || $0 == "learning_rate" }),
      let loss = names.firstIndex(where: wanted.contains)
    else {
      let needed = wanted.map { "lr and \($0)" }.joined(separator: ", or ")
      throw CurveFileError.badLine(
        file: path, line: header.number,
        reason: "the columns must be \(needed), but are " + names.joined(separator: ", "))
    }
    let measure = measure(names[loss], names)
    var points: [RangeTestPoint] = []
    let momentumColumns = Self.momentumColumns.compactMap(names.firstIndex)
    var momentum: Double?
    for line in lines.dropFirst() {
      var point = try point(cells(line.text), rate, loss, file: path, line: line.number)
      point.loss = measure.loss(ofMetric: point.loss)
      if let last = points.last, point.learningRate <= last.learningRate {
        throw CurveFileError.badLine(
          file: path, line: line.number,
          reason: "the rate \(point.learningRate) is not above the one before, \(last.learningRate)"
        )
      }
      if points.isEmpty { momentum = Self.momentum(cells(line.text), momentumColumns, point.learningRate) }
      points.append(point)
    }
    guard !points.isEmpty else { throw CurveFileError.empty(file: path) }
    var curve = RangeTestCurve(points: points, measure: measure)
    curve.momentum = momentum
    return curve
  }

  /// SGD's momentum, where the step beside it is that of the rate; others name other things so.
  private static func momentum(_ cells: [String], _ columns: [Int], _ rate: Double) -> Double? {
    let values = columns.compactMap { $0 < cells.count ? Double(cells[$0]) : nil }
    guard values.count == momentumColumns.count, (0..<1).contains(values[0]),
      abs(Step(rate: rate, momentum: values[0]).size - values[1]) <= 1e-6 * abs(values[1])
    else { return nil }
    return values[0]
  }

  private static func cells(_ line: Substring) -> [String] {
    line.split(separator: ",", omittingEmptySubsequences: false)
      .map { $0.trimmingCharacters(in: .whitespaces) }
  }

  private static func point(
    _ cells: [String], _ rate: Int, _ loss: Int, file: String, line: Int
  ) throws -> RangeTestPoint {
    guard cells.count > max(rate, loss) else {
      throw CurveFileError.badLine(
        file: file, line: line, reason: "it has \(cells.count) cells only")
    }
    guard let rateValue = Double(cells[rate]) else {
      throw CurveFileError.badLine(
        file: file, line: line, reason: "'\(cells[rate])' is not a number")
    }
    guard let lossValue = Double(cells[loss]) else {
      throw CurveFileError.badLine(
        file: file, line: line, reason: "'\(cells[loss])' is not a number")
    }
    guard rateValue > 0, rateValue.isFinite else {
      throw CurveFileError.badLine(
        file: file, line: line, reason: "the rate \(cells[rate]) must be a finite number above 0")
    }
    return RangeTestPoint(learningRate: rateValue, loss: lossValue)
  }
}

import Foundation
import Metrics
import Numbers
import Planning
import Schedules

/// A few lines with a run's progress, redrawn in place on a terminal.
///
///     epoch 3/10 ███████████░░░░░░░░░░░░░░░░░░░░░░░ 33 % · 1:23 left
///     loss 0.4123 -0.0312 ██▇▆▅▄▄▃▃▂▂▁▁▁
///     lr   0.0312         ▁▂▃▄▅▆▇█▇▆▅▄▃▂▁
///     test loss 0.4012 -0.0210 · accuracy 0.8712 +0.0102
///     update 330/1000 · 1240 images/s
///
/// A change of the loss is that since the epoch before, one of an evaluation that since the one before.
public struct ProgressBlock {
  /// What a terminal can show.
  public struct Style: Sendable, Hashable {
    /// How many characters a line has; from 40 on everything has room.
    public var width: Int
    /// Whether it has colors.
    public var isColored: Bool
    /// Whether it shows blocks and dots, and not ASCII alone.
    public var isUnicode: Bool

    /// Creates a style.
    public init(width: Int, isColored: Bool = false, isUnicode: Bool = true) {
      self.width = max(20, width)
      self.isColored = isColored
      self.isUnicode = isUnicode
    }
  }

  private let plan: RunPlan
  private let evaluationSplit: String
  private var time = TimeLeft()
  private var last: UpdateRecord?
  private var loss = RunningMean()
  private var lossAtEpoch: Double?
  private var evaluation: [MetricValue] = []
  private var evaluationBefore: [MetricValue] = []
  /// Mean losses of stretches of `stride` updates.
  private var history: [Double] = []
  private var stride = 1
  private var gathered: (sum: Double, count: Int) = (0, 0)

  /// Creates the lines of a run of a plan.
  public init(_ plan: RunPlan, evaluationSplit: String) {
    self.plan = plan
    self.evaluationSplit = evaluationSplit
  }

  /// Takes in an update.
  public mutating func take(_ record: UpdateRecord) {
    if let last, record.epoch != last.epoch, loss.value.isFinite { lossAtEpoch = loss.value }
    last = record
    time.take(update: record.update, seconds: record.seconds)
    guard record.loss.isFinite else { return }
    loss.add(record.loss)
    gathered = (gathered.sum + record.loss, gathered.count + 1)
    guard gathered.count >= stride else { return }
    history.append(gathered.sum / Double(gathered.count))
    gathered = (0, 0)
    guard history.count >= 400 else { return }
    history = Swift.stride(from: 0, to: history.count - 1, by: 2).map {
      (history[$0] + history[$0 + 1]) / 2
    }
    stride = stride.multipliedOrMax(by: 2)
  }

  /// Takes in an evaluation.
  public mutating func take(_ record: EvaluationRecord) {
    time.evaluated(after: record.update)
    evaluationBefore = evaluation
    evaluation = record.ranked.values
  }

  /// Returns the lines as they are now, each at most as wide as the terminal.
  public func lines(_ style: Style) -> [String] {
    guard let last else { return [] }
    let painter = Painter(style)
    var lines = [progress(last, painter)]
    let change = lossAtEpoch.map { " " + Self.signed(loss.value - $0) } ?? ""
    let lossWords = "loss " + Self.text(loss.value) + change
    let rateWords = "lr   " + String(format: "%.4g", last.learningRate)
    let margin = max(lossWords.count, rateWords.count) + 1
    let room = min(80, style.width - margin)
    func padded(_ words: String) -> String {
      words + String(repeating: " ", count: max(0, margin - words.count))
    }
    lines.append(
      painter.cut(padded(lossWords)) + painter.curve(Self.sampled(history, room), done: room))
    lines.append(painter.cut(padded(rateWords)) + rateCurve(last, room, painter))
    if !evaluation.isEmpty {
      let values = evaluation.map { value -> String in
        let before = evaluationBefore.first { $0.name == value.name }?.value
        let change = before.map { " " + Self.signed(value.value - $0) } ?? ""
        return "\(value.name) \(Self.text(value.value))\(change)"
      }
      lines.append(painter.cut("\(evaluationSplit) " + values.joined(separator: painter.dot)))
    }
    lines.append(painter.cut(speed(last, painter)))
    return lines
  }

  private func progress(_ last: UpdateRecord, _ painter: Painter) -> String {
    guard !plan.isOpenEnded else {
      let land = time.seconds(after: 0, of: plan.updatesToLand(after: last.update))
      return painter.cut(
        "epoch \(last.epoch + 1)\(painter.dot)\(ProgressLine.clock(last.seconds)) trained"
          + (land.map { painter.dot + ProgressLine.clock($0) + " to land" } ?? ""))
    }
    let epochs = Int(clamping: plan.budget.epochs.rounded(.up))
    let share = Double(last.update) / Double(max(1, last.total))
    let left = time.seconds(after: last.update, of: last.total)
    let before = "epoch \(last.epoch + 1)/\(epochs) "
    let after =
      " \(Int(clamping: (100 * share).rounded(.down))) %"
      + (left.map { painter.dot + ProgressLine.clock($0) + " left" } ?? "")
    let room = min(80, painter.style.width - before.count - after.count)
    guard room >= 4 else { return painter.cut(before + after.dropFirst()) }
    return before + painter.bar(share, room) + after
  }

  private func speed(_ last: UpdateRecord, _ painter: Painter) -> String {
    let update = "update \(last.update)" + (plan.isOpenEnded ? "" : "/\(last.total)")
    let measures = last.measures.map { "\($0.name) \(Self.text($0.value))" }
    let speed = time.secondsPerUpdate.flatMap { $0 > 0 ? plan.budget.samplesPerUpdate / $0 : nil }
    return
      ([update] + (speed.map { ["\(Int(clamping: $0.rounded())) images/s"] } ?? [])
      + measures).joined(separator: painter.dot)
  }

  /// The rates of the whole run, of which those before now are done.
  private func rateCurve(_ last: UpdateRecord, _ room: Int, _ painter: Painter) -> String {
    let total = plan.isOpenEnded ? last.update : last.total
    guard room > 0, total > 0 else { return "" }
    let columns = min(room, total)
    let rates = (0..<columns).map { column -> Double in
      let first = column * total / columns
      let end = max(first + 1, (column + 1) * total / columns)
      return Swift.stride(from: first, to: end, by: max(1, (end - first) / 8))
        .map(plan.plan.learningRate.value).max() ?? 0
    }
    return painter.curve(rates, done: last.update * columns / total)
  }

  /// Means of so many equal parts of some values.
  static func sampled(_ values: [Double], _ count: Int) -> [Double] {
    guard values.count > count else { return values }
    guard count > 0 else { return [] }
    return (0..<count).map { column in
      let part = values[column * values.count / count..<(column + 1) * values.count / count]
      return part.reduce(0, +) / Double(part.count)
    }
  }

  private static func text(_ value: Double) -> String { formatted(value) }
  private static func signed(_ value: Double) -> String { formatted(value, signed: true) }
}

/// Draws bars and curves of characters.
private struct Painter {
  let style: ProgressBlock.Style

  init(_ style: ProgressBlock.Style) { self.style = style }

  /// What stands between two figures.
  var dot: String { style.isUnicode ? " · " : ", " }

  /// A line without what does not fit.
  func cut(_ line: String) -> String {
    guard line.count > style.width else { return line }
    return line.prefix(style.width - 1) + (style.isUnicode ? "…" : ">")
  }

  func bar(_ share: Double, _ room: Int) -> String {
    let done = min(room, Int(clamping: (share * Double(room)).rounded(.down)))
    let (full, empty) = style.isUnicode ? ("█", "░") : ("#", "-")
    return painted(String(repeating: full, count: done), "32")
      + painted(String(repeating: empty, count: room - done), "2")
  }

  private static let blocks = Array("▁▂▃▄▅▆▇█")

  /// A curve of which so many columns are done; those to come are pale, or behind a line.
  func curve(_ values: [Double], done: Int) -> String {
    let finite = values.filter(\.isFinite)
    guard style.isUnicode, let low = finite.min(), let high = finite.max() else { return "" }
    let characters = values.map { value -> Character in
      guard value.isFinite, high > low else { return value.isFinite ? "▁" : " " }
      return Self.blocks[Int(clamping: ((value - low) / (high - low) * 7).rounded())]
    }
    guard done < characters.count else { return painted(String(characters), "36") }
    guard style.isColored else {
      return String(characters[..<done]) + "│" + String(characters[done...].dropFirst())
    }
    return painted(String(characters[..<done]), "36") + painted(String(characters[done...]), "2")
  }

  private func painted(_ text: String, _ code: String) -> String {
    style.isColored && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}

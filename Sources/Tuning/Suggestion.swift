import Foundation
import Numbers

/// A learning rate that another finder would suggest for the same curve, by its own rules.
///
/// They are here for comparison: each is computed as its source defines it, smoothing and all, on the
/// losses as they were measured.
public enum Suggestion: String, Sendable, Hashable, Codable, CaseIterable {
  /// fastai's default: the middle of the middle third of the longest descent.
  case valley
  /// fastai's: where the slope, going back from the end, has become that of the rates before it.
  case slide
  /// fastai's: where the loss falls most for a step on the logarithm of the rate.
  case steep
  /// fastai's: a tenth of the rate with the lowest loss.
  case minimum
  /// PyTorch Lightning's since 2.5.3: where the loss falls most for a step of the rate itself.
  case lightning
  /// pytorch-lr-finder's: where the loss falls most from point to point.
  case steepest

  /// Returns the rate, or nil where the curve has too few points for the rule, or gives none that is finite.
  public func rate(for curve: RangeTestCurve) -> Double? {
    found(for: curve).flatMap { $0.isFinite && $0 > 0 ? $0 : nil }
  }

  private func found(for curve: RangeTestCurve) -> Double? {
    let rates = curve.points.map(\.learningRate)
    let losses = curve.points.map(\.loss)
    switch self {
    case .valley, .slide, .steep, .minimum:
      let (rates, losses) = Self.fastaiPart(rates, losses)
      return switch self {
      case .valley: Self.valley(rates, losses)
      case .slide: Self.slide(rates, losses)
      case .steep: Self.steep(rates, losses)
      default: Self.lowest(losses).map { rates[$0] / 10 }
      }
    case .lightning:
      let kept = zip(rates, correctedMean(losses)).dropFirst(10).dropLast().filter { $0.1.isFinite }
      let slopes = gradient(of: kept.map(\.1), over: kept.map(\.0))
      return Self.lowest(slopes).map { kept[$0].0 }
    case .steepest:
      let kept = Array(zip(rates, plainMean(losses)).dropFirst(10).dropLast(5))
      let positions = kept.indices.map(Double.init)
      return Self.lowest(gradient(of: kept.map(\.1), over: positions)).map { kept[$0].0 }
    }
  }

  // MARK: fastai's rules

  /// Smoothed losses without the first tenth, the last five, and what follows one that is NaN.
  private static func fastaiPart(
    _ rates: [Double], _ losses: [Double]
  ) -> (rates: [Double], losses: [Double]) {
    let smooth = correctedMean(losses).dropFirst(losses.count / 10).dropLast(5).prefix { !$0.isNaN }
    return (Array(rates.dropFirst(losses.count / 10).prefix(smooth.count)), Array(smooth))
  }

  private static func valley(_ rates: [Double], _ losses: [Double]) -> Double? {
    guard losses.count > 1 else { return nil }
    // The highest loss at which a descent of each length ends, which may pass points over. They fall, so the longest
    // descent that a loss continues is found by halving.
    var ends: [Double] = []
    var (start, end) = (0, 0)
    for (here, loss) in losses.enumerated() {
      var (length, most) = (0, ends.count)
      while length < most {
        let middle = (length + most) / 2
        if ends[middle] > loss { length = middle + 1 } else { most = middle }
      }
      guard length == ends.count else {
        ends[length] = loss
        continue
      }
      ends.append(loss)
      if ends.count > 1 { (start, end) = (here - ends.count, here) }
    }
    let third = Double(end - start) / 3
    return rates[max(0, start + Int(clamping: third) + Int(clamping: third / 2))]
  }

  private static func slide(_ rates: [Double], _ losses: [Double]) -> Double? {
    let distance = 15
    guard losses.count > distance else { return nil }
    let slopes = gradient(of: losses, over: losses.indices.map(Double.init))
    var right = losses.count - 1
    var found = rates[right - distance]
    while right >= distance, abs(slopes[right] - slopes[right - distance]) > 0.005 {
      found = rates[right - distance]
      right -= 1
    }
    return found
  }

  private static func steep(_ rates: [Double], _ losses: [Double]) -> Double? {
    guard losses.count > 1 else { return nil }
    let slopes = (1..<losses.count).map {
      (losses[$0] - losses[$0 - 1]) / (log(rates[$0]) - log(rates[$0 - 1]))
    }
    return lowest(slopes).map { rates[$0] }
  }

  /// The place of the lowest number, passing over what is none.
  private static func lowest(_ values: [Double]) -> Int? {
    values.indices.filter { !values[$0].isNaN }.min { values[$0] < values[$1] }
  }
}

// MARK: Smoothing and slopes, as the others do it

/// The exponential mean of losses from 0, with its bias taken out.
private func correctedMean(_ losses: [Double], beta: Double = 0.98) -> [Double] {
  var (mean, weight) = (0.0, 1.0)
  return losses.map { loss in
    mean = beta * mean + (1 - beta) * loss
    weight *= beta
    return mean / (1 - weight)
  }
}

/// The exponential mean of losses from the first one.
private func plainMean(_ losses: [Double], share: Double = 0.05) -> [Double] {
  var mean = losses.first ?? 0
  return losses.enumerated().map { index, loss in
    if index > 0 { mean = share * loss + (1 - share) * mean }
    return mean
  }
}

/// Slopes at points that need not be evenly spread, of second order inside and of first at the ends.
///
/// - Source: `numpy.gradient` and `torch.gradient`.
private func gradient(of values: [Double], over positions: [Double]) -> [Double] {
  guard values.count > 1 else { return [] }
  return values.indices.map { index in
    if index == 0 { return (values[1] - values[0]) / (positions[1] - positions[0]) }
    let before = positions[index] - positions[index - 1]
    let back = values[index] - values[index - 1]
    guard index + 1 < values.count else { return back / before }
    let after = positions[index + 1] - positions[index]
    let ahead = values[index + 1] - values[index]
    return (before / after * ahead + after / before * back) / (before + after)
  }
}

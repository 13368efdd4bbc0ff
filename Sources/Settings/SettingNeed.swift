/// What a setting needs beside it to have an effect.
///
/// It stands in the setting's declaration, and is asked of settings that were typed: what is typed and cannot have an
/// effect is refused.
public struct SettingNeed: Sendable {
  /// Whether a range test that is made whatever the settings say, as by `rondo find-lr`, meets the need.
  let isMetByRangeTest: Bool
  /// What is allowed instead, in words that follow "must be"; nil where the setting may have an effect.
  let unmet: @Sendable (RunSettings) -> String?

  /// Creates a need.
  ///
  /// - Parameters:
  ///   - isMetByRangeTest: whether a range test by itself meets it.
  ///   - unmet: what is allowed instead, in words that follow "must be"; nil where the need is met.
  public init(isMetByRangeTest: Bool = false, _ unmet: @escaping @Sendable (RunSettings) -> String?) {
    self.isMetByRangeTest = isMetByRangeTest
    self.unmet = unmet
  }

  /// A range test, which is made where a learning rate is open.
  static let rangeTest: SettingNeed = SettingNeed(isMetByRangeTest: true) { settings in
    let resolved = settings.resolved
    guard resolved.needsRange else { return Self.givenRates(settings, "no range test is made") }
    return resolved.makesRangeTest ? nil : "left out with --advice prior, which makes no range test"
  }

  /// A peak that is not given, or a lower bound.
  static let openRates: SettingNeed = SettingNeed(isMetByRangeTest: true) { settings in
    settings.resolved.needsRange ? nil : Self.givenRates(settings, "nothing is to be found")
  }

  /// Rates that are open, and for rehearsals, which are of peaks, a peak that is.
  static let adviceAsked: SettingNeed = SettingNeed(isMetByRangeTest: true) { settings in
    if settings.rangeTest.advice == .rehearse, settings.schedule.maxLR != nil {
      return "left out with --max-lr, which gives the peak that rehearsals would find"
    }
    return openRates.unmet(settings)
  }

  /// Images that are resized as a whole, and no crops of them.
  static let wholeImages: SettingNeed = SettingNeed { settings in
    settings.data.task == .segment ? "left out for masks, which are trained in crops (--crop-size)" : nil
  }

  /// A backbone that is trained, if not from the start.
  static let trainedBackbone: SettingNeed = SettingNeed { settings in
    settings.model.freeze?.isBackbone == true && settings.model.unfreezeAt == nil
      ? "left out with --freeze backbone, with which no block of the backbone is trained" : nil
  }

  private static func givenRates(_ settings: RunSettings, _ consequence: String) -> String {
    let rates = settings.namedSchedule?.rises ?? true ? "--base-lr and --max-lr" : "--max-lr"
    return "left out with \(rates): where the learning rates are given, \(consequence)"
  }
}

import Datasets
import Formatting
import Planning
import Settings

extension RunSettings {
  /// Holds training images out where the run is to choose by them, and puts down which share.
  ///
  /// That is so where a share was typed, and where the run chooses something by evaluations and the data
  /// have no validation images of their own.
  ///
  /// - Throws: `DataError.tooFewToHoldOut`; `SettingsError` for a share of data that have validation images.
  mutating func holdOut<Parts: DataSplits>(from data: Parts) throws -> Parts {
    if let folds = self.data.folds { return try holdOut(folds, from: data) }
    let typed = self.data.validation
    guard typed != ValidationShare.none else { return data }
    guard let own = data.validation else {
      if typed == nil, !resolved.choosingOptions.isEmpty {
        self.data.validation = .share(HoldOut.defaultShare)
      }
      return try self.data.validation?.share.map { try data.holdingOut($0) } ?? data
    }
    guard let typed else { return data }
    throw SettingsError.notAllowed(
      key: "validation", value: "\(typed)",
      allowed:
        "left out: \(data.name) has \(data.counted(own).count) validation images of its own, on "
        + "which the run chooses")
  }

  /// Holds out the fold that the settings name.
  private func holdOut<Parts: DataSplits>(_ folds: Int, from data: Parts) throws -> Parts {
    if let own = data.validation {
      throw SettingsError.notAllowed(
        key: "folds", value: "\(folds)",
        allowed:
          "left out: \(data.name) has \(data.counted(own).count) validation images of its own; move them "
          + "to the training images to divide all of them")
    }
    guard let number = self.data.fold else {
      throw SettingsError.missing(
        key: "fold", because: "only 'rondo train' trains all of --folds \(folds)")
    }
    return try data.holdingOut(
      Fold(number, of: folds), groupedBy: self.data.foldGroups, seed: resolved.machine.seed)
  }
}

extension TaskRun {
  /// By which images the run chooses, if they are not those of its final metrics, or if it chooses by those.
  public var choosingLines: [String] {
    if let heldOut = data.heldOut {
      let missing = heldOut.missingClasses
      let shown = listed(missing, atMost: 3)
      if let fold = heldOut.fold {
        return [
          "validation: fold \(fold), \(heldOut.images) of \(heldOut.of) training images; the final metrics are "
            + "of the test images"
        ] + (missing.isEmpty ? [] : ["note: this fold has no image of the classes \(shown)"])
          + (heldOut.testedGroups == 0
            ? []
            : [
              "note: \(quantity(heldOut.testedGroups, "group")) of the training images "
                + "\(heldOut.testedGroups == 1 ? "has" : "have") test images, too: the test metrics are not those of new "
                + "groups; the metrics held out are, and so are those of a test/ of other groups"
            ])
      }
      return [
        "validation: \(heldOut.images) of \(heldOut.of) training images are held out "
          + "(--validation \(settings.open.text("validation") ?? "")); the final metrics are of the test images"
      ]
        + (missing.isEmpty
          ? [] : ["note: none could be held out of the classes of a single image: \(shown)"])
    }
    if task.evaluationSplit != task.finalSplit {
      return [
        "validation: evaluated on the validation images during training; the final metrics are of the "
          + "test images"
      ]
    }
    let options = settings.choosingOptions
    guard !options.isEmpty else { return [] }
    return [
      "note: \(options.joined(separator: " and ")) will choose on the test images, so the test metrics "
        + "will be too good; a run begun with --validation 0.1 chooses on training images that it holds out"
    ]
  }
}

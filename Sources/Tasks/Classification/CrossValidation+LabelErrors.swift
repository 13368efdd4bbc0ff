import Datasets
import Evaluation
import Formatting
import Foundation
import Metrics
import Numbers
import Planning
import Runs
import Settings

/// Why label errors cannot be looked for.
public enum LabelErrorsError: Error, Equatable {
  /// Runs of another task, whose images have no class each.
  case otherTask(folder: String, task: String)
  /// A fold whose run has not ended.
  case notEnded(folder: String, fold: Int)
  /// Images without names that are not those with which the runs began.
  case changed(folder: String, data: String)
  /// Data with none of the images that the runs held out.
  case otherData(folder: String, data: String)
  /// A fold whose run failed, with this sentence; it is not trained again by itself.
  case failed(folder: String, fold: Int, sentence: String)
}

extension LabelErrorsError: DescribedError {
  /// One sentence: what, where, what to do.
  public var description: String {
    switch self {
    case .otherTask(let folder, let task):
      "--label-errors is for --task classify, and the runs in \(folder) are for \(task): their images have no "
        + "label each."
    case .notEnded(let folder, let fold):
      "\(folder): the run of fold \(fold) has not ended, so its images have no predictions; "
        + "'rondo train --resume \(shellQuoted(folder))' trains what is missing."
    case .changed(let folder, let data):
      "\(data) has changed since \(folder) was trained, and its images have no names by which those that a run was "
        + "not trained on could be found; put the data back, or train the folds again."
    case .otherData(let folder, let data):
      "\(data) has none of the images that the runs in \(folder) held out; name the data that they were trained on "
        + "(--data)."
    case .failed(let folder, let fold, let sentence):
      "\(folder): the run of fold \(fold) failed, so its images have no predictions: \(sentence) "
        + "To train it again, remove \(folder)/fold-\(fold), and resume with 'rondo train --resume \(shellQuoted(folder))'."
    }
  }
}

extension CrossValidation {
  /// The most pictures of images whose labels are doubted.
  private static let maximumPictures = 200

  /// Whether its task is one whose labels can be doubted: a class for each image.
  public var findsLabelErrors: Bool { task == .classify }

  /// Finds the training images whose label is doubted by the model that was not trained on them.
  ///
  /// - Parameters:
  ///   - folder: where this was written to.
  ///   - data: where the data are now, if they have been moved.
  ///   - device: another device than the runs'.
  ///   - allowsBroken: whether to continue where more than one image in a hundred is broken.
  ///   - allowsLinks: whether links in an image folder may lead out of it.
  ///   - onNote: is called with what differs in the data from when the runs began.
  /// - Throws: `LabelErrorsError`; what `TrainedRun`, `DataSource.load` and `holdingOut` throw; `DataChangeError` where
  ///   labels have moved since.
  public func labelErrors(
    in folder: URL, data place: String? = nil, device: String? = nil, allowsBroken: Bool = false,
    allowsLinks: Bool = false, onNote: (String) -> Void = { _ in }
  ) throws -> LabelErrors {
    guard findsLabelErrors else {
      throw LabelErrorsError.otherTask(folder: folder.relativePath, task: task.rawValue)
    }
    var predictions: [LabelErrors.Prediction] = []
    var places: [(set: any LabeledImages, index: Int)] = []
    var (classNames, data, broken) = ([String](), (images: ImageData, record: DataRecord)?.none, 0)
    var trainedBefore = 0
    for number in 1...folds {
      let run = Self.folder(of: number, in: folder)
      if let sentence = try? TextFile.read(run.failure.path) {
        throw LabelErrorsError.failed(
          folder: folder.relativePath, fold: number,
          sentence: sentence.trimmingCharacters(in: .whitespacesAndNewlines))
      }
      guard FileManager.default.fileExists(atPath: run.summary.path) else {
        throw LabelErrorsError.notEnded(folder: folder.relativePath, fold: number)
      }
      let trained = try TrainedRun(
        run.url.path, device: device, allowsBroken: allowsBroken, allowsLinks: allowsLinks)
      let classifier = try TrainedClassifier(trained)
      if data == nil {
        let images = try classifier.ownData(at: place)
        data = (images, images.record)
      }
      guard let (all, record) = data else { continue }
      guard all.classNames == trained.classNames else {
        throw DataChangeError.classes(
          data: all.name, now: all.classNames, before: trained.classNames)
      }
      let change = try run.change(of: record, named: all.name, afterHoldOut: false, isEvaluated: false)
      if number == 1, let change {
        onNote(
          "\(change). Images that are new or changed, which no run held out, are left out; each other one is predicted "
            + "by the run that was not trained on it")
      }
      trainedBefore += try run.readData().map { $0.trainedImages(among: $0, of: "validation") } ?? 0
      for images in try heldOut(by: run, Fold(number, of: folds), trained.settings, from: all, record) {
        try classifier.check(images, of: all.name)
        try classifier.forEachPrediction(of: images) { prediction, index in
          predictions.append(
            LabelErrors.Prediction(
              image: images.name(of: index), fold: number, label: Int(images.labels[index]),
              probabilities: prediction.probabilities))
          places.append((images, index))
        }
        broken += images.broken.count
      }
      classNames = trained.classNames
    }
    guard !predictions.isEmpty else {
      throw LabelErrorsError.otherData(folder: folder.relativePath, data: data?.images.name ?? "")
    }
    if trainedBefore > 0 {
      onNote(
        "\(trainedBefore) of \(quantity(predictions.count, "image")) are ones that the run was trained on whose weights the "
          + "runs began with, so their predictions say little of their labels")
    }
    var pictures = Self.maximumPictures
    return LabelErrors(
      predictions, data: data?.images.name ?? "", folds: folds, broken: broken, classNames: classNames
    ) { position in
      pictures -= 1
      let (set, index) = places[position]
      return pictures >= 0 ? set.picture(of: index) : nil
    }
  }
}

extension CrossValidation {
  /// Returns the images that a fold's run was not trained on, as far as they are still there, in whatever split they are
  /// now and whatever they are called.
  ///
  /// They are those of the run's record, since a division of data that have changed would be another one.
  /// - Throws: `LabelErrorsError.changed` for images without names that are not those of the runs.
  private func heldOut(
    by run: RunFolder, _ fold: Fold, _ settings: ResolvedSettings, from all: ImageData, _ record: DataRecord
  ) throws -> [any LabeledImages] {
    let before = try run.readData()
    guard let before, case .listed = before.parts.first(where: { $0.name == "validation" })?.contents else {
      let divided = try all.holdingOut(
        fold, groupedBy: settings.data.foldGroups, seed: settings.machine.seed)
      guard before == nil || before?.withoutEarlier == divided.record else {
        throw LabelErrorsError.changed(folder: run.url.relativePath, data: all.name)
      }
      return [divided.evaluationSet]
    }
    let sets: [(part: String, images: (any LabeledImages)?)] = [
      ("train", all.train), ("validation", all.validation), ("test", all.test),
    ]
    return sets.compactMap { part, images in
      let places = before.places(ofHeldOutIn: record, part: part)
      return places.isEmpty ? nil : images?.part(places)
    }
  }
}

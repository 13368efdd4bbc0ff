import Datasets
import Fetching
import Formatting
import Foundation
import Numbers
import Settings
import Torch
import Vision

/// The weights that a run begins with, and how images are prepared for them.
///
/// Preprocessing belongs to weights: published ones have theirs in the table; a file that is one of these, by its
/// SHA-256 sum, has the same; a file that Rondo has exported says it; of any other with a head of 1,000 classes it
/// is taken that it was trained on ImageNet, as nearly all of them are.
struct WeightsSource {
  /// How the preprocessing is known.
  private enum Knowledge {
    case published, sameFile, exported, thousandClasses, none
  }

  /// What was typed: a name or a path.
  let typed: String
  /// The published weights that they are; nil for a file of anybody else's.
  let published: PublishedWeights?
  /// How images were prepared in the weights' own training; nil where nothing says it.
  let preprocessing: Preprocessing?
  /// The mean and deviation alone, where no size is known.
  private let statistics: ChannelStatistics?
  private let knowledge: Knowledge
  /// Published weights whose file's name the file has, and is another.
  private var namesake: PublishedWeights? {
    let name = URL(fileURLWithPath: typed).lastPathComponent
    guard published == nil else { return nil }
    return PublishedWeights.catalog.entries.first { $0.checksum != nil && $0.fileName == name }
  }
  /// Whether what was typed is a name, and the file lies in the cache.
  private var isNamed: Bool { knowledge == .published }
  /// The full name, where `imagenet` or a shorter one was typed.
  var nameInSettings: String? { isNamed ? published?.name : nil }

  /// Finds out what a name or a path stands for, without a network.
  ///
  /// - Throws: `UnknownWeights`; `SafetensorsError`, `PyTorchFileError` for a file that cannot be used.
  init(_ typed: String, for model: any ModelEntry) throws {
    self.typed = typed
    let entry = try PublishedWeights.unlessFile(typed, for: model)
    if let entry {
      (published, preprocessing, knowledge) = (entry, entry.preprocessing, .published)
      statistics = entry.preprocessing.statistics
      return
    }
    if let entry = PublishedWeights.ofFile(typed) {
      (published, preprocessing, knowledge) = (entry, entry.preprocessing, .sameFile)
      statistics = entry.preprocessing.statistics
      return
    }
    published = nil
    let (tensors, metadata) = try TensorFile.read(URL(fileURLWithPath: typed))
    preprocessing = Preprocessing(metadata: metadata)
    if let known = [3, 1].lazy.compactMap({ ImageNormalization(metadata: metadata, channels: $0) })
      .first
    {
      statistics = ChannelStatistics(mean: known.mean, deviation: known.deviation)
      knowledge = .exported
    } else if tensors.values.contains(where: { $0.shape.count == 2 && $0.shape[0] == 1_000 }) {
      (statistics, knowledge) = (.imagenet, .thousandClasses)
    } else {
      (statistics, knowledge) = (nil, .none)
    }
  }

  /// Returns the file's path; published weights that are not in the cache are fetched.
  ///
  /// - Throws: `FetchError`.
  func locate() throws -> String {
    guard isNamed, let published else { return typed }
    return try WeightsCache().locate(published)
  }

  /// Width and height of the images that the weights were trained on, where that is known or can be told.
  var imageSize: Int? { preprocessing?.width ?? (knowledge == .thousandClasses ? 224 : nil) }

  /// What the weights leave to nobody else, where nothing is typed.
  func settings(for task: TaskDescription) -> RunSettings {
    RunSettings {
      guard let statistics else { return }
      $0.data.normalization = .fixed(statistics)
      $0.data.cropShare = preprocessing?.cropShare
      $0.data.interpolation = preprocessing?.interpolation
    }.settings(for: task)
  }

  // MARK: In words

  /// Whose the weights are, how images are prepared, and in what that differs from the weights' own training.
  ///
  /// - Parameters:
  ///   - seen: how an image becomes what the network sees, where that is as with photographs.
  ///   - isEnlarged: whether images were brought to a larger size for the weights.
  func notes(
    _ settings: ResolvedSettings, seeing seen: Preprocessing?, isEnlarged: Bool = false
  ) -> [String] {
    var lines: [String] = []
    if let namesake {
      lines.append(
        "note: \(typed) has the name of \(namesake.name), but not its size or SHA-256 sum: it is another file, or "
          + "damaged")
    }
    if let published {
      let file = isNamed ? published.name : "\(typed) is \(published.name) by its SHA-256 sum"
      lines.append(
        "\(file): trained on \(published.data.title), license \(published.license)"
          + (isNamed ? "" : "; its preprocessing is used"))
    }
    let used = settings.data.normalization?.statistics
    lines.append(
      "preprocessing: "
        + (used.map { "normalized by \($0.text)" }
          ?? "normalized by the data's own mean and deviation")
        + (used != nil && used == statistics ? origin : "")
        + (seen.map { "; \($0.sizeWords)" } ?? ""))
    if let seen, isEnlarged {
      lines.append(
        "images are enlarged to \(seen.width)x\(seen.height), since the weights were trained on larger ones "
          + "(--image-size gives another size)")
    }
    guard let statistics else {
      return lines + [
        "note: nothing says how images were prepared for \(typed); if they were by ImageNet's mean and "
          + "deviation, add --normalization imagenet"
          + (seen.map {
            ", and if they were larger than \($0.width)x\($0.height), --image-size enlarges these"
          } ?? "")
      ]
    }
    if used != statistics {
      let source = knowledge == .thousandClasses ? "is probably ImageNet's, and so" : "was"
      lines.append(
        "note: \(typed) \(source) trained with \(statistics.text); without --normalization these are used"
      )
    }
    if let seen, let own = preprocessing, !isEnlarged { lines += own.differences(from: seen, typed: typed) }
    return lines
  }

  private var origin: String {
    switch knowledge {
    case .published, .sameFile: ""
    case .exported: ", as \(typed) says"
    case .thousandClasses:
      ", ImageNet's, since \(typed) has a head of 1,000 classes (--normalization data takes the data's own)"
    case .none: ""
    }
  }
}

extension PublishedWeights {
  /// Finds weights by a name, unless a file has it; a folder, as one of images may be called `imagenet`, counts only where
  /// the name is no other.
  fileprivate static func unlessFile(
    _ name: String, for model: any ModelEntry
  ) throws -> PublishedWeights? {
    var isFolder: ObjCBool = false
    let isThere = FileManager.default.fileExists(atPath: name, isDirectory: &isFolder)
    guard !isThere || catalog[name]?.name == name || (isFolder.boolValue && isName(name)) else {
      return nil
    }
    return try named(name, for: model.name, on: model.base?.name)
  }

  /// Finds the published weights that a file is, by its size and its SHA-256 sum.
  fileprivate static func ofFile(_ path: String) -> PublishedWeights? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return (catalog.entries + inPackages).first { $0.isSameFile(path, bytes: Int(status.st_size)) }
  }
}

extension ChannelStatistics {
  /// The numbers, for display.
  fileprivate var text: String {
    func list(_ values: [Double]) -> String {
      values.map { formatted($0, digits: 3) }.joined(separator: " ")
    }
    return "mean \(list(mean)) and deviation \(list(deviation))"
  }
}

extension Preprocessing {
  /// The mean and deviation.
  fileprivate var statistics: ChannelStatistics {
    ChannelStatistics(mean: mean, deviation: deviation)
  }

  /// How an image comes to its size, for display.
  fileprivate var sizeWords: String {
    shortSide == min(width, height)
      ? "\(width)x\(height)"
      : "\(width)x\(height) of a short side of \(shortSide), \(interpolation.rawValue)"
  }

  /// Where others see images of another size, a sentence each.
  fileprivate func differences(from seen: Preprocessing, typed: String) -> [String] {
    guard (width, height) != (seen.width, seen.height) else { return [] }
    return [
      "note: \(typed) was trained on images of \(width)x\(height), and these are "
        + "\(seen.width)x\(seen.height); --image-size \(width) brings them to the same"
    ]
  }
}

/// Returns the published weights that settings name, if they name any and these are not in the cache yet.
///
/// - Throws: `SettingsError`, `DataError`, `UnknownName`, `UnknownWeights`.
public func weightsToFetch(for settings: RunSettings) throws -> PublishedWeights? {
  guard let name = settings.model.weights else { return nil }
  try settings.check()
  let source = try DataSource(named: settings.data.source ?? DataSource.fallback.name)
  let task = VisionTask.named(settings.data.task ?? TaskDescription(recognizing: source))
  let named = try settings.withEncoderInName(of: task.heads).filled(fromRecipeOf: task.name)
  guard let model = task.model(named.resolved.model.name) else { return nil }
  let weights = try PublishedWeights.unlessFile(name, for: model)
  return weights.flatMap { WeightsCache().has($0) ? nil : $0 }
}

/// Returns a model's name, and that of the classifier that it stands on, if it does; nil where no model has the name.
public func modelAndBase(named name: String) -> (name: String, base: String?)? {
  VisionTask.all.lazy.compactMap { $0.model(name) }.first.map { ($0.name, $0.base?.name) }
}

/// Returns the published weights that a trained model began with, by their name, or by the SHA-256 sum of their file where
/// it is still there.
public func publishedWeights(of settings: ResolvedSettings) -> PublishedWeights? {
  guard let name = settings.model.weights else { return nil }
  let model = settings.model.name
  let base = VisionTask.named(settings.data.task).model(model)?.base?.name
  return (try? PublishedWeights.named(name, for: model, on: base)) ?? PublishedWeights.ofFile(name)
}

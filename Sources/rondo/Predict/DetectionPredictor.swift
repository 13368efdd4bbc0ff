#if LIBTORCH
  import ArgumentParser
  import Datasets
  import Files
  import Foundation
  import Runs
  import Settings
  import Tasks
  import Torch

  /// Predicts boxes: a line for each, and pictures of the images with them.
  struct DetectionPredictor: TaskPredictor {
    static let title = "Detection"
    static let introduction = "For the model of a run with --task detect."

    @Option(help: "The lowest score to write; all by default.")
    var score: Double?
    @Option(help: "A folder for pictures with the boxes of a score of 0.4 and more.")
    var pictures: String?

    var task: TaskDescription { .detect }
    var given: [String] {
      (score == nil ? [] : ["score"]) + (pictures == nil ? [] : ["pictures"])
    }

    func predict(with run: TrainedRun, for command: PredictCommand) throws {
      let model = try TrainedDetector(run)
      if let score, !(0...1).contains(score) {
        throw ValidationError("--score is \(score), but must be from 0 to 1.")
      }
      if let pictures { try FileEnding.check(folder: pictures, "--pictures", for: "pictures") }
      let format: PredictionFileFormat = try command.formatOfOutput() == .csv ? .csv : .json
      let rule = command.rule(for: run)
      let known = try pictures.map { _ in try ProcessGroup.broadcastFromFirst { try command.allImages(rule) } }
      var album: PictureAlbum?
      try ProcessGroup.onFirst {
        if let output = command.output, known != nil { try rule.claim(output) }
        album = try pictures.map { try PictureAlbum($0, of: known ?? [], by: rule) }
      }
      try command.write(rule, known) { paths, write in
        var isFirst = true
        var opening = Opening(format.opening)
        let count = try model.predict(paths, score: score ?? 0, onBroken: command.reportBroken) {
          found in
          try opening.write(by: write)
          try write(format.lines(of: found, model.classes, isFirst: isFirst))
          isFirst = isFirst && found.detections.isEmpty
          try album?.add(found, classNames: model.classes.names, from: max(score ?? 0, 0.4))
        }
        try opening.write(by: write)
        try write(format.ending)
        return count
      }
    }
  }

  /// A folder of pictures with boxes, each under its image's name.
  private struct PictureAlbum {
    private let folder: URL
    private let rule: OutputRule
    /// The names of the pictures of each image that are still to come, the next one last.
    private var names: [String: [String]] = [:]

    /// Claims the pictures of images, and makes the folder where it is not there yet.
    init(_ path: String, of images: [String], by rule: OutputRule) throws {
      folder = URL(fileURLWithPath: path)
      self.rule = rule
      for (image, name) in zip(images, OutputNames.of(images, ends: [".png"])).reversed() {
        let file = folder.appendingPathComponent(name + ".png").path
        try rule.claim(file, of: image)
        names[image, default: []].append(file)
      }
      try RunFolder.makeFolder(folder)
    }

    /// Writes a picture with the boxes of a score and more.
    mutating func add(_ found: FoundBoxes, classNames: [String], from score: Double) throws {
      guard let file = names[found.file]?.popLast() else { return }
      var picture = try BoxPicture(path: found.file, filledBits: found.filledBits)
      picture.draw(found.detections.filter { $0.score >= score }, classNames: classNames)
      try rule.write(to: file, of: found.file) { try $0.write(picture.png()) }
    }
  }
#endif

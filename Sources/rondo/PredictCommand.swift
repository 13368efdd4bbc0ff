#if LIBTORCH
  import ArgumentParser
  import Datasets
  import Files
  import Foundation
  import Numbers
  import Planning
  import Runs
  import Settings
  import Tasks

  /// `rondo predict`: images in, classes, masks or boxes out.
  struct PredictCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "predict",
      abstract: "Predicts classes, masks or boxes of images with a run's model.",
      discussion: """
        rondo predict runs/photos-1 a.jpg more-photos
        rondo predict runs/photos-1 photos --top 5 --output predictions.csv
        find . -name '*.jpg' | rondo predict runs/photos-1 - --format json
        rondo predict runs/cells-1 images --output masks --overlays
        rondo predict runs/cells-1 slides --format json --output results.json --pictures seen

        Images are preprocessed like the run's own evaluation images. One that
        cannot be read is named on standard error and left out. Exit status: 0 all images have a
        prediction, 1 some were left out, 2 nothing was begun. For a detector json is COCO's results format.
        """)

    @Argument(help: "The run folder.")
    var folder: String
    @Argument(
      help: "Image files, folders of them, or '-' for a list on standard input, one a line.")
    var images: [String]
    @Option(help: "The number of most likely classes per image, with their probabilities.")
    var top: Int?
    @Option(help: "Detection: the lowest score to write; all by default.")
    var score: Double?
    @Option(help: "Detection: a folder for pictures with the boxes of a score of 0.4 and more.")
    var pictures: String?
    @Option(help: "csv or json.")
    var format = PredictionFormat.csv
    @Option(
      help: "A file for the predictions, or the folder for masks; standard output if left out.")
    var output: String?
    @Flag(help: "Overwrite files that Rondo did not write, and images with their own masks.")
    var overwrite = false
    @Flag(help: "Masks: also write a picture of each image with its mask over it.")
    var overlays = false
    @Flag(help: "Masks: also write each class's probability per pixel, as safetensors.")
    var probabilities = false
    @Option(help: "Another checkpoint than the newest.")
    var checkpoint: String?
    @Option(help: "The checkpoint with the best value of a metric: accuracy, or loss.")
    var best: String?
    @Option(help: "cpu, cuda, cuda:1, mps or auto.")
    var device: String?

    func validate() throws {
      guard checkpoint == nil || best == nil else {
        throw ValidationError("--checkpoint and --best both choose one; leave one out.")
      }
    }

    func run() throws {
      for name in images where name != "-" && !FileManager.default.fileExists(atPath: name) {
        throw EvaluationError.absent(name)
      }
      let run = try TrainedRun(folder, checkpoint: checkpoint, best: best, device: device)
      Console.say(try run.words())
      try checkOptions(for: run.task)
      ImagePaths.account(of: images).linesOfLeftOut.forEach(Console.say)
      switch run.task {
      case .classify: try predictClasses(by: TrainedClassifier(run))
      case .segment: try drawMasks(by: TrainedSegmenter(run))
      case .detect: try predictBoxes(by: TrainedDetector(run))
      }
    }

    /// Refuses what another task's runs are asked by.
    private func checkOptions(for task: TaskName) throws {
      let owned: [(option: String, isThere: Bool, task: TaskName, words: String)] = [
        ("--top", top != nil, .classify, "classifies"),
        ("--overlays", overlays, .segment, "segments"),
        ("--probabilities", probabilities, .segment, "segments"),
        ("--score", score != nil, .detect, "detects"),
        ("--pictures", pictures != nil, .detect, "detects"),
      ]
      for one in owned where one.isThere && one.task != task {
        throw ValidationError("\(one.option) is for a run that \(one.words); leave it out.")
      }
    }

    private func drawMasks(by model: TrainedSegmenter) throws {
      guard let output else {
        throw ValidationError("Masks are files: choose a folder for them with --output.")
      }
      let folder = URL(fileURLWithPath: output)
      let extras = MaskExtras(overlays: overlays, probabilities: probabilities)
      let rule = rule(for: model.run)
      let paths = try allImages(rule)
      let names = OutputNames.of(paths, ends: extras.ends)
      for (path, name) in zip(paths, names) {
        for end in extras.ends {
          try rule.claim(folder.appendingPathComponent(name + end).path, of: path)
        }
      }
      try RunFolder.makeFolder(folder)
      var broken = 0
      var drawn: [MaskPrediction] = []
      for (path, name) in zip(paths, names) {
        do {
          let mask = try model.predict(path, name: name, into: folder, by: rule, extras)
          if drawn.isEmpty, format == .csv { Console.give("file,mask,objects") }
          if format == .csv { Console.give(mask.row) }
          drawn.append(mask)
        } catch let fault as ImageFault {
          Console.say("left out: \(path): \(fault)")
          broken += 1
        }
      }
      if format == .json { Console.give(try JSONText.line(drawn)) }
      guard broken == 0 else { throw EvaluationError.leftOut(broken, of: broken + drawn.count) }
    }

    private func predictClasses(by model: TrainedClassifier) throws {
      let top = top ?? 1
      try model.check(top: top)
      try answer(rule(for: model.run)) { paths, write in
        var isFirst = true
        try write(format.opening(top: top))
        let count = try model.predict(
          paths, top: top, onBroken: { Console.say("left out: \($0.path): \($0.fault)") }
        ) { predictions in
          let lines = try predictions.map { prediction in
            defer { isFirst = false }
            return try format.line(prediction, isFirst: isFirst)
          }
          try write(lines.joined())
        }
        try write(format.ending)
        return count
      }
    }

    private func predictBoxes(by model: TrainedDetector) throws {
      if let score, !(0...1).contains(score) {
        throw ValidationError("--score is \(score), but must be from 0 to 1.")
      }
      let boxes: DetectionFormat = format == .csv ? .csv : .json
      let rule = rule(for: model.run)
      let known = try pictures.map { _ in try allImages(rule) }
      if let output, known != nil { try rule.claim(output) }
      var album = try pictures.map { try PictureAlbum($0, of: known ?? [], by: rule) }
      try answer(rule, known) { paths, write in
        var isFirst = true
        try write(boxes.opening)
        let count = try model.predict(
          paths, score: score ?? 0,
          onBroken: { Console.say("left out: \($0.path): \($0.fault)") }
        ) { found in
          try write(boxes.lines(of: found, model.classes, isFirst: isFirst))
          isFirst = isFirst && found.detections.isEmpty
          try album?.add(found, classNames: model.classes.names, from: max(score ?? 0, 0.4))
        }
        try write(boxes.ending)
        return count
      }
    }

    // MARK: Inputs and outputs

    /// The rule by which this command writes: nothing over the run, and nothing over an image.
    private func rule(for run: TrainedRun) -> OutputRule {
      let rule = OutputRule(overwrite: overwrite)
      rule.protect(folder: run.folder.url.path, as: "a file of the run")
      rule.protect(run.checkpoint.path, as: "the checkpoint")
      return rule
    }

    /// The paths of all images, a list's too, which is read to its end; all are protected.
    private func allImages(_ rule: OutputRule) throws -> [String] {
      let paths = Array(ImagePaths(images))
      guard !paths.isEmpty else { throw EvaluationError.noImages(images.joined(separator: ", ")) }
      for path in paths { rule.protect(path, as: "an image") }
      return paths
    }

    /// Lets a body write the predictions of all images to where they are wanted.
    ///
    /// - Parameter known: the images, where they had to be known before; a list is read while it is
    ///   asked for otherwise.
    private func answer(
      _ rule: OutputRule, _ known: [String]? = nil,
      _ body: (AnySequence<String>, (String) throws -> Void) throws -> PredictionCount
    ) throws {
      let paths: AnySequence<String>
      if known != nil || !images.contains("-") {
        paths = AnySequence(try known ?? allImages(rule))
      } else {
        var listed = ImagePaths(images)
        guard let first = listed.next() else {
          throw EvaluationError.noImages(images.joined(separator: ", "))
        }
        rule.protect(first, as: "an image")
        paths = AnySequence(
          sequence(first: first) { _ in
            let next = listed.next()
            if let next { rule.protect(next, as: "an image") }
            return next
          })
      }
      if let output, known == nil { try rule.claim(output) }
      let count = try rule.write(to: output ?? "-") { writer in
        try body(paths) { try writer.write($0) }
      }
      guard count.broken == 0 else {
        throw EvaluationError.leftOut(count.broken, of: count.broken + count.predicted)
      }
    }
  }

  extension PredictionFormat: NamedArgument {}
#endif

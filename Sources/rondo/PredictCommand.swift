#if LIBTORCH
  import ArgumentParser
  import Datasets
  import Foundation
  import Planning
  import Runs
  import Tasks

  /// `rondo predict`: images in, classes, masks or boxes out.
  struct PredictCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "predict",
      abstract: "Says what images show, or draws their masks, by a run's model.",
      discussion: """
        rondo predict runs/photos-1 a.jpg more-photos
        rondo predict runs/photos-1 photos --top 5 --output answers.csv
        find . -name '*.jpg' | rondo predict runs/photos-1 - --format json
        rondo predict runs/cells-1 images --output masks --overlays
        rondo predict runs/cells-1 slides --format json --output results.json --pictures seen

        Images are resized, cropped and normalised as the run's own evaluation images are. One that
        cannot be read is named on standard error and left out. Exit status: 0 all images have an
        answer, 1 some were left out, 2 nothing was begun. Of a detector json is COCO's results format.
        """)

    @Argument(help: "The run folder.")
    var folder: String
    @Argument(
      help: "Image files, folders of them, or '-' for a list on standard input, one a line.")
    var images: [String]
    @Option(help: "How many classes are said of each image, with their probabilities.")
    var top: Int?
    @Option(help: "Of detections: the least score that is written; all are by default.")
    var score: Double?
    @Option(help: "Of detections: a folder for pictures with the boxes of a score of 0.4 and more.")
    var pictures: String?
    @Option(help: "csv or json.")
    var format = PredictionFormat.csv
    @Option(help: "A file for the answers, or the folder for masks; standard output if left out.")
    var output: String?
    @Flag(help: "Masks: a picture of each image with its mask over it as well.")
    var overlays = false
    @Flag(help: "Masks: the probability of each class for each pixel as well, as safetensors.")
    var probabilities = false
    @Option(help: "Another checkpoint than the newest.")
    var checkpoint: String?
    @Option(help: "cpu, cuda, cuda:1, mps or auto.")
    var device: String?

    func run() throws {
      for name in images where name != "-" && !FileManager.default.fileExists(atPath: name) {
        throw JudgingError.absent(name)
      }
      let run = try TrainedRun(folder, checkpoint: checkpoint, device: device)
      try checkOptions(for: run.task)
      switch run.task {
      case .classify: try predictClasses(by: TrainedClassifier(run))
      case .segment: try drawMasks(by: TrainedSegmenter(run))
      case .detect: try predictBoxes(by: TrainedDetector(run))
      }
    }

    /// Refuses what another task's runs are asked by.
    private func checkOptions(for task: TaskName) throws {
      let owned: [(option: String, isThere: Bool, task: TaskName, words: String)] = [
        ("--top", top != nil, .classify, "tells classes"),
        ("--overlays", overlays, .segment, "draws masks"),
        ("--probabilities", probabilities, .segment, "draws masks"),
        ("--score", score != nil, .detect, "finds boxes"),
        ("--pictures", pictures != nil, .detect, "finds boxes"),
      ]
      for one in owned where one.isThere && one.task != task {
        throw ValidationError("\(one.option) is for a run that \(one.words); leave it out.")
      }
    }

    private func drawMasks(by model: TrainedSegmenter) throws {
      guard let output else {
        throw ValidationError("Masks are files: name a folder for them by --output.")
      }
      let folder = URL(fileURLWithPath: output)
      var (names, broken) = (OutputNames(), 0)
      var drawn: [MaskPrediction] = []
      for path in ImagePaths(images) {
        if drawn.isEmpty, broken == 0 { try RunFolder.makeFolder(folder) }
        do {
          let mask = try model.predict(
            path, name: names.name(for: path), into: folder,
            MaskExtras(overlays: overlays, probabilities: probabilities))
          if drawn.isEmpty, format == .csv { Console.give("file,mask,objects") }
          if format == .csv { Console.give(mask.row) }
          drawn.append(mask)
        } catch let fault as ImageFault {
          Console.say("left out: \(path): \(fault)")
          broken += 1
        }
      }
      if format == .json { Console.give(try JSON.line(drawn)) }
      guard !drawn.isEmpty || broken > 0 else {
        throw JudgingError.noImages(images.joined(separator: ", "))
      }
      guard broken == 0 else { throw JudgingError.leftOut(broken, of: broken + drawn.count) }
    }

    private func predictClasses(by model: TrainedClassifier) throws {
      let top = top ?? 1
      try model.check(top: top)
      try answer { paths, write in
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
      var album = try pictures.map(PictureAlbum.init)
      try answer { paths, write in
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

    /// Lets a body write the answers of all images to where they are wanted.
    private func answer(
      _ body: (AnySequence<String>, (String) throws -> Void) throws -> PredictionCount
    ) throws {
      var paths = ImagePaths(images)
      guard let first = paths.next() else {
        throw JudgingError.noImages(images.joined(separator: ", "))
      }
      let all = AnySequence(sequence(first: first) { _ in paths.next() })
      func written(to file: FileHandle) throws -> PredictionCount {
        try body(all) { try file.write(contentsOf: Data($0.utf8)) }
      }
      var count = PredictionCount()
      if let output {
        try AtomicFile.write(to: URL(fileURLWithPath: output)) { temporary in
          try Data().write(to: temporary)
          let file = try FileHandle(forWritingTo: temporary)
          defer { try? file.close() }
          count = try written(to: file)
        }
      } else {
        count = try written(to: .standardOutput)
      }
      guard count.broken == 0 else {
        throw JudgingError.leftOut(count.broken, of: count.broken + count.predicted)
      }
    }
  }

  extension PredictionFormat: ExpressibleByArgument {}
#endif

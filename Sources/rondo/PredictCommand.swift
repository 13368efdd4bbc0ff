#if LIBTORCH
  import ArgumentParser
  import Datasets
  import Foundation
  import Runs
  import Tasks

  /// `rondo predict`: images in, classes or boxes out.
  struct PredictCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "predict", abstract: "Says what images show, by a run's model.",
      discussion: """
        rondo predict runs/photos-1 a.jpg more-photos
        rondo predict runs/photos-1 photos --top 5 --output answers.csv
        find . -name '*.jpg' | rondo predict runs/photos-1 - --format json
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
    @Option(help: "A file for the answers; standard output if left out.")
    var output: String?
    @Option(help: "Another checkpoint than the newest.")
    var checkpoint: String?
    @Option(help: "cpu, cuda, cuda:1, mps or auto.")
    var device: String?

    func run() throws {
      for name in images where name != "-" && !FileManager.default.fileExists(atPath: name) {
        throw JudgingError.absent(name)
      }
      let run = try TrainedRun(folder, checkpoint: checkpoint, device: device)
      switch run.task {
      case .classify: try predictClasses(by: TrainedClassifier(run))
      case .detect: try predictBoxes(by: TrainedDetector(run))
      case .segment: throw run.task.isUnknown
      }
    }

    private func predictClasses(by model: TrainedClassifier) throws {
      guard score == nil, pictures == nil else {
        throw ValidationError("--score and --pictures are for a run that finds boxes.")
      }
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
      guard top == nil else {
        throw ValidationError("--top is for a run that tells classes; name the least --score.")
      }
      if let score, !(0...1).contains(score) {
        throw ValidationError("--score is \(score), but must be from 0 to 1.")
      }
      let boxes: DetectionFormat = format == .csv ? .csv : .json
      let album = try pictures.map(PictureAlbum.init)
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

  /// A folder of pictures with boxes, each under its image's name.
  private final class PictureAlbum {
    private let folder: URL
    private var names: Set<String> = []

    init(_ path: String) throws {
      folder = URL(fileURLWithPath: path)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// Writes a picture with the boxes of a score and more.
    func add(_ found: FoundBoxes, classNames: [String], from score: Double) throws {
      var picture = try BoxPicture(path: found.file)
      picture.draw(found.detections.filter { $0.score >= score }, classNames: classNames)
      let stem = URL(fileURLWithPath: found.file).deletingPathExtension().lastPathComponent
      // Images of one name from two folders get their numbers.
      let name = names.insert(stem).inserted ? stem : "\(stem)-\(found.number)"
      try AtomicFile.write(picture.png(), to: folder.appendingPathComponent(name + ".png"))
    }
  }

  extension PredictionFormat: ExpressibleByArgument {}
#endif

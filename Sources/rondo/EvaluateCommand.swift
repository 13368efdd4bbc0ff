import ArgumentParser
import Evaluation
import Reporting

#if LIBTORCH
  import Tasks
#endif

/// `rondo evaluate`: judges a run's checkpoint on data, or anybody's detections on their truth.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Judges a run's model on its evaluation data, or a results file on its ground truth.",
    discussion: """
      rondo evaluate runs/shapes-1
      rondo evaluate runs/photos-1 --data other-photos --format json
      rondo evaluate --predictions results.json --ground-truth instances.json --per-class

      Of a run: accuracy, top-5 accuracy, calibration error, each class's precision, recall and F1,
      and the confusion matrix. They are kept in its evaluation.json, and its report shows them with
      the worst mistakes. --predictions need no LibTorch: both files are COCO's, the figures are
      pycocotools', or by --rule VOC's.
      """)

  @Argument(help: "The run folder.")
  var folder: String?
  @Option(help: "Another checkpoint than the newest.")
  var checkpoint: String?
  @Option(help: "Another data set than the run's.")
  var data: String?
  @Option(help: "cpu, cuda, cuda:1, mps or auto.")
  var device: String?
  @Option(help: "Detections as COCO's results format has them.")
  var predictions: String?
  @Option(help: "The annotations that they are judged by, as COCO's instances_*.json.")
  var groundTruth: String?
  @Flag(help: "The figures of each class as well.")
  var perClass = false
  @Option(
    help: "Of --predictions: coco (its twelve figures), voc2007 or voc2010 (average precision).")
  var rule: EvaluationRule?
  @Option(help: "text or json.")
  var format: OutputFormat = .text

  func validate() throws {
    guard (predictions == nil) == (groundTruth == nil) else {
      throw ValidationError("--predictions and --ground-truth belong together; name both.")
    }
    guard (predictions == nil) == (folder != nil) else {
      throw ValidationError("Name a run folder, or --predictions with their --ground-truth.")
    }
    if predictions != nil, checkpoint != nil || data != nil || device != nil {
      throw ValidationError("--checkpoint, --data and --device are for a run folder.")
    }
    if predictions == nil, perClass || rule != nil {
      throw ValidationError("\(perClass ? "--per-class" : "--rule") is for --predictions.")
    }
  }

  func run() throws {
    if let predictions, let groundTruth { return try judgeResults(predictions, groundTruth) }
    guard let folder else { return }
    #if LIBTORCH
      let run = try TrainedRun(folder, checkpoint: checkpoint, device: device)
      switch run.task {
      case .classify: try judge(TrainedClassifier(run))
      case .detect: try judge(TrainedDetector(run))
      case .segment: throw run.task.isUnknown
      }
      try Report.write(for: run.folder)
      Console.say("report:     \(run.folder.report.path)")
    #else
      throw ValidationError(
        "This rondo was built without LibTorch and cannot judge the run \(folder), but "
          + "--predictions with their --ground-truth; 'make setup' gets LibTorch.")
    #endif
  }

  #if LIBTORCH
    private func judge(_ model: TrainedDetector) throws {
      let judged = try model.judge(on: data)
      switch format {
      case .text:
        Console.say("\(judged.checkpoint) on \(judged.data), \(judged.images) images:")
        if judged.broken > 0 { Console.say("left out: \(judged.broken) broken images") }
        Console.give(judged.text)
      case .json: Console.give(try JSON.line(judged.withoutPictures))
      }
      try judged.write(to: model.run.folder)
    }

    private func judge(_ model: TrainedClassifier) throws {
      let judged = try model.judge(on: data)
      switch format {
      case .text:
        Console.say("\(judged.checkpoint) on \(judged.data), \(judged.images) images:")
        if judged.broken > 0 { Console.say("left out: \(judged.broken) broken images") }
        Console.give(judged.text)
      case .json: Console.give(try JSON.line(judged.withoutPictures))
      }
      try judged.write(to: model.run.folder)
    }
  #endif

  private func judgeResults(_ predictions: String, _ groundTruth: String) throws {
    let judged = try (rule ?? .coco).evaluate(
      predictions: predictions, groundTruth: groundTruth)
    Console.say(
      "\(judged.detections) detections on \(judged.images) images with \(judged.boxes) boxes of "
        + "\(judged.classNames.count) classes.")
    if judged.unknownBoxes + judged.unknownDetections > 0 {
      Console.say(
        "Left out: \(judged.unknownBoxes) boxes and \(judged.unknownDetections) detections of "
          + "categories that \(groundTruth) does not list.")
    }
    switch format {
    case .text: Console.give(judged.table(perClass: perClass))
    case .json: Console.give(try JSON.line(judged.json(perClass: perClass)))
    }
  }
}

extension EvaluationRule: ExpressibleByArgument {}

import ArgumentParser
import Evaluation
import Files
import Formatting
import Foundation
import Numbers
import Planning
import Reporting

#if LIBTORCH
  import Tasks
  import Torch
#endif

/// `rondo evaluate`: evaluates a run's checkpoint on data, or a results file against its ground truth.
struct EvaluateCommand: SharedCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract:
      "Evaluates a run's model on its test images, or a results file against its ground truth.",
    discussion: """
      rondo evaluate runs/shapes-1
      rondo evaluate runs/photos-1 --data other-photos --format json
      rondo evaluate --label-errors runs/photos-folds-1
      rondo evaluate --predictions results.json --ground-truth instances.json
      rondo evaluate --predictions MASKS --ground-truth TRUE-MASKS --per-case

      Of a run: accuracy, top-5 accuracy, calibration error, each class's precision, recall and F1, and the confusion \
      matrix. They are kept in its evaluation.json, and its report shows them with the worst mistakes. --predictions \
      need no LibTorch: two files are COCO's, and the metrics pycocotools', or with --rule VOC's; two folders have \
      masks of the same names, and the metrics are Dice, IoU, HD95, boundary IoU and F1, and of instances AP. \
      --label-errors lists the training images whose label is doubted by the run of 'rondo train --folds' that was not \
      trained on them.
      """)

  @Argument(help: "The run folder.")
  var folder: String?
  @OptionGroup var choice: CheckpointChoice
  @Option(help: "Another data set than the run's.")
  var data: String?
  @Flag(help: "Leave out broken images, also where they are many.")
  var allowBroken = false
  @Flag(help: "Trust links that lead out of the data's folder.")
  var allowLinks = false
  @Flag(help: "List training images whose label is doubted; for a folder of 'rondo train --folds'.")
  var labelErrors = false
  @Option(help: "cpu, cuda, cuda:1, mps or auto.")
  var device: String?
  @Option(help: "Detections as COCO's results format has them, or a folder of predicted masks.")
  var predictions: String?
  @Option(help: "The ground truth: COCO's instances_*.json, or a folder of true masks.")
  var groundTruth: String?
  @Flag(help: "Also print the metrics of each class.")
  var perClass = false
  @Option(
    help: "For --predictions: coco (its twelve metrics), voc2007 or voc2010 (average precision).")
  var rule: EvaluationRule?
  @Flag(help: "Also print the metrics of each mask.")
  var perCase = false
  @Option(help: "text or json.")
  var format: OutputFormat = .text
  #if LIBTORCH
    @OptionGroup(title: ProcessOptions.title) var processes: ProcessOptions
  #endif

  func validate() throws {
    guard (predictions == nil) == (groundTruth == nil) else {
      throw ValidationError("--predictions and --ground-truth belong together; name both.")
    }
    guard (predictions == nil) == (folder != nil) else {
      throw ValidationError("Name a run folder, or --predictions with their --ground-truth.")
    }
    if predictions != nil,
      choice.checkpoint != nil || choice.best != nil || data != nil || device != nil || allowBroken || allowLinks
    {
      throw ValidationError(
        "--checkpoint, --best, --data, --device, --allow-broken and --allow-links are for a run folder.")
    }
    if labelErrors,
      predictions != nil || choice.checkpoint != nil || choice.best != nil
    {
      throw ValidationError(
        "--label-errors takes the folder of 'rondo train --folds', and neither --predictions, --checkpoint nor --best.")
    }
    #if LIBTORCH
      if processes.areGiven, predictions != nil || labelErrors {
        throw ValidationError(
          "--processes and --timeout are for a run folder; \(labelErrors ? "--label-errors" : "--predictions") "
            + "needs one process.")
      }
    #endif
    let ofPredictions = [
      (perClass, "--per-class"), (perCase, "--per-case"), (rule != nil, "--rule"),
    ]
    if predictions == nil, let misplaced = ofPredictions.first(where: \.0) {
      throw ValidationError("\(misplaced.1) is for --predictions.")
    }
  }

  func run() throws {
    if let predictions, let groundTruth {
      return try OneProcess.run { try evaluateResults(predictions, groundTruth) }
    }
    guard let folder else { return }
    #if LIBTORCH
      if labelErrors { return try OneProcess.run { try listLabelErrors(of: folder) } }
      try processes.join {
        let run = try TrainedRun(
          folder, checkpoint: choice.checkpoint, best: choice.best, device: device,
          allowsBroken: allowBroken, allowsLinks: allowLinks)
        let description = try run.modelDescription()
        let evaluated = try run.evaluated(on: data, onLine: Console.info)
        try ProcessGroup.onFirst {
          Console.info(description)
          try report(evaluated, of: run)
          try Report.write(for: run.folder)
          Console.info("report:     \(run.folder.report.path)")
        }
      }
    #else
      throw ValidationError(
        "This rondo was built without LibTorch and cannot evaluate the run \(folder), only "
          + "--predictions with their --ground-truth; 'make setup' installs LibTorch.")
    #endif
  }

  #if LIBTORCH
    private func listLabelErrors(of path: String) throws {
      let folder = URL(fileURLWithPath: path)
      let errors = try CrossValidation.read(from: folder).labelErrors(
        in: folder, data: data, device: device, allowsBroken: allowBroken, allowsLinks: allowLinks
      ) { Console.info("note: \($0)") }
      if errors.broken > 0 { Console.info("left out: \(quantity(errors.broken, "broken image"))") }
      try LabelErrorsPage.write(errors, to: folder)
      switch format {
      case .text: Console.output(text: errors.text)
      case .json: Console.output(try JSONText.line(errors))
      }
      Console.info("report:     \(folder.appendingPathComponent("label-errors.html").path)")
    }

    private func report(_ evaluated: any StoredEvaluation, of run: TrainedRun) throws {
      switch format {
      case .text:
        Console.info("\(evaluated.checkpoint) on \(evaluated.data), \(quantity(evaluated.images, "image")):")
        if evaluated.broken > 0 { Console.info("left out: \(quantity(evaluated.broken, "broken image"))") }
        Console.output(text: evaluated.text)
      case .json: Console.output(try JSONText.line(evaluated.withoutPictures))
      }
      try evaluated.write(to: run.folder)
    }
  #endif

  private func evaluateResults(_ predictions: String, _ groundTruth: String) throws {
    switch (isFolder(predictions), isFolder(groundTruth)) {
    case (true, true): return try evaluateMasks(predictions, groundTruth)
    case (false, false): break
    default:
      for (option, path) in [("--predictions", predictions), ("--ground-truth", groundTruth)]
      where !FileManager.default.fileExists(atPath: path) {
        throw ValidationError(
          "\(option): \(path) does not exist; name a file or a folder that does.")
      }
      throw ValidationError(
        "--predictions and --ground-truth must be two files, or two folders of masks.")
    }
    guard !perCase else { throw ValidationError("--per-case is for folders of masks.") }
    let evaluated = try (rule ?? .coco).evaluate(
      predictions: predictions, groundTruth: groundTruth)
    Console.info(
      quantity(evaluated.detections, "detection") + " on " + quantity(evaluated.images, "image") + " with "
        + quantity(evaluated.boxes, "box", plural: "boxes") + " of "
        + quantity(evaluated.classNames.count, "class", plural: "classes") + ".")
    if evaluated.unknownBoxes + evaluated.unknownDetections > 0 {
      Console.info(
        "Left out: \(evaluated.unknownBoxes) boxes and \(evaluated.unknownDetections) detections of "
          + "categories that \(groundTruth) does not list.")
    }
    switch format {
    case .text: Console.output(text: evaluated.table(perClass: perClass))
    case .json: Console.output(try JSONText.line(evaluated.json(perClass: perClass)))
    }
  }

  private func evaluateMasks(_ predictions: String, _ groundTruth: String) throws {
    guard rule == nil else { throw ValidationError("--rule is for files of detections.") }
    let evaluated = try MaskEvaluation(predictions: predictions, groundTruth: groundTruth)
    Console.info(
      quantity(evaluated.names.count, "mask") + " of "
        + (evaluated.isInstance
          ? "instances." : quantity(evaluated.classNames.count, "class", plural: "classes") + "."))
    if evaluated.summary.hd95Missing > 0 {
      Console.info(
        "No HD95 where a class is in truth or prediction only: \(evaluated.summary.hd95Missing) times."
      )
    }
    switch format {
    case .text: Console.output(text: evaluated.table(perClass: perClass, perCase: perCase))
    case .json:
      Console.output(
        try JSONText.line(MaskMetricsJSON(evaluated, perClass: perClass, perCase: perCase)))
    }
  }
}

extension EvaluationRule: NamedArgument {}

#if LIBTORCH
  import ArgumentParser
  import Datasets
  import Files
  import Foundation
  import Numbers
  import Runs
  import Settings
  import Tasks
  import Torch

  /// Predicts masks: files in a folder.
  struct SegmentationPredictor: TaskPredictor {
    static let title = "Segmentation"
    static let introduction = "For the model of a run with --task segment."

    @Flag(help: "Also write a picture of each image with its mask over it.")
    var overlays = false
    @Flag(help: "Also write each class's probability per pixel, as safetensors.")
    var probabilities = false

    var task: TaskDescription { .segment }
    var given: [String] {
      (overlays ? ["overlays"] : []) + (probabilities ? ["probabilities"] : [])
    }

    func predict(with run: TrainedRun, for command: PredictCommand) throws {
      let model = try TrainedSegmenter(run)
      let format = command.format ?? .csv
      guard let output = command.output else {
        throw ValidationError("Masks are files: choose a folder for them with --output.")
      }
      try FileEnding.check(folder: output, "--output", for: "masks")
      let folder = URL(fileURLWithPath: output)
      let extras = MaskExtras(overlays: overlays, probabilities: probabilities)
      let rule = command.rule(for: run)
      let paths = try ProcessGroup.broadcastFromFirst { try command.allImages(rule) }
      let names = OutputNames.of(paths, ends: extras.ends)
      try ProcessGroup.onFirst {
        for (path, name) in zip(paths, names) {
          for end in extras.ends {
            try rule.claim(folder.appendingPathComponent(name + end).path, of: path)
          }
        }
        try RunFolder.makeFolder(folder)
      }
      var broken = 0
      var drawn: [MaskPrediction] = []
      let images = zip(paths, names).map { (path: $0, name: $1) }
      try model.predict(images, into: folder, by: rule, extras) {
        command.reportBroken($0)
        broken += 1
      } onMask: { mask in
        if drawn.isEmpty, format == .csv { Console.output("file,mask,objects") }
        if format == .csv { Console.output(mask.row) }
        drawn.append(mask)
      }
      if format == .json { Console.output(try JSONText.line(drawn)) }
      guard broken == 0 else { throw EvaluationError.leftOut(broken, of: broken + drawn.count) }
    }
  }
#endif

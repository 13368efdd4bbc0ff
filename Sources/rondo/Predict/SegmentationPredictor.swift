#if LIBTORCH
  import ArgumentParser
  import Datasets
  import Files
  import Foundation
  import Numbers
  import Runs
  import Settings
  import Tasks

  /// Predicts masks: files in a folder.
  struct SegmentationPredictor: TaskPredictor {
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
      guard let output = command.output else {
        throw ValidationError("Masks are files: choose a folder for them with --output.")
      }
      let folder = URL(fileURLWithPath: output)
      let extras = MaskExtras(overlays: overlays, probabilities: probabilities)
      let rule = command.rule(for: run)
      let paths = try command.allImages(rule)
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
          if drawn.isEmpty, command.format == .csv { Console.give("file,mask,objects") }
          if command.format == .csv { Console.give(mask.row) }
          drawn.append(mask)
        } catch let fault as ImageFault {
          command.reportBroken(BrokenImage(path: path, fault: fault))
          broken += 1
        }
      }
      if command.format == .json { Console.give(try JSONText.line(drawn)) }
      guard broken == 0 else { throw EvaluationError.leftOut(broken, of: broken + drawn.count) }
    }
  }
#endif

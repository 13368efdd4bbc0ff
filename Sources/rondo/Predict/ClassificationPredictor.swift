#if LIBTORCH
  import ArgumentParser
  import Settings
  import Tasks

  /// Predicts classes: a line for each image.
  struct ClassificationPredictor: TaskPredictor {
    static let title = "Classification"
    static let introduction = "For the model of a run with --task classify."

    @Option(help: "The number of most likely classes per image, with their probabilities.")
    var top: Int?

    var task: TaskDescription { .classify }
    var given: [String] { top == nil ? [] : ["top"] }

    func predict(with run: TrainedRun, for command: PredictCommand) throws {
      let (model, top, format) = (try TrainedClassifier(run), top ?? 1, try command.formatOfOutput())
      try model.check(top: top)
      try command.write(command.rule(for: run)) { paths, write in
        var isFirst = true
        var opening = Opening(format.opening(top: top))
        let count = try model.predict(paths, top: top, onBroken: command.reportBroken) {
          predictions in
          try opening.write(by: write)
          let lines = try predictions.map { prediction in
            defer { isFirst = false }
            return try format.line(prediction, isFirst: isFirst)
          }
          try write(lines.joined())
        }
        try opening.write(by: write)
        try write(format.ending)
        return count
      }
    }
  }
#endif

#if LIBTORCH
  import ArgumentParser
  import Datasets
  import Evaluation
  import Exporting
  import Files
  import Foundation
  import Numbers
  import Planning
  import Reporting
  import Runs
  import Settings
  import Tasks
  import Training

  /// `rondo export`: a run's model as a file for other programs.
  struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "export",
      abstract:
        "Writes a run's model for other programs: ONNX, or safetensors as torchvision names them.",
      discussion: """
        rondo export runs/photos-1 --output photos.onnx
        rondo export runs/photos-1 --output photos.safetensors --best accuracy
        rondo export runs/photos-1 --to coreml-script --output photos.py

        Exports the weights that the run is evaluated with: the averaged ones, if it has any (--ema, --average swa); \
        --best ranks by their metrics. The metadata has the class names and the preprocessing. A model card is written \
        beside the file: README.md, or FILE.md where README.md is another model's. Guides/elsewhere.md uses the model \
        in Python, C++, a browser and a Swift app.
        """)

    @Argument(help: "The run folder.")
    var folder: String
    @Option(help: "The file to write; - for standard output.")
    var output: String
    @Option(
      name: .customLong("to"),
      help:
        "onnx, safetensors, coreml-script or litert-script; by default what the file's name ends with."
    )
    var format: ModelFormat?
    @Option(
      help: "Where images are normalized in an ONNX file: inside (it takes bytes; the default) or outside.")
    var preprocessing: ONNXExport.Preprocessing?
    @Option(help: "A file for the model card, or none; by default README.md beside the output, or OUTPUT.md.")
    var card: String?
    @Flag(help: "Overwrite files that Rondo did not write.")
    var overwrite = false
    @OptionGroup var choice: CheckpointChoice

    func run() throws {
      let run = try TrainedRun(
        folder, checkpoint: choice.checkpoint, best: choice.best, device: "cpu")
      let format = try format ?? formatByName
      try checkName(format)
      if let preprocessing, format != .onnx {
        throw ValidationError(
          "--preprocessing \(preprocessing.rawValue) is for ONNX files, and --output \(output) is none; leave it out.")
      }
      let rule = OutputRule(overwrite: overwrite)
      rule.protect(folder: run.folder.url.path, as: "a file of the run")
      rule.protect(run.checkpoint.path, as: "the checkpoint")
      try rule.claim(output)
      if let card, card != "none" { try rule.claim(card) }
      let written = try write(run, as: format, by: rule)
      let weights = try CheckpointWeights(of: run.checkpoint, in: run.settings)
      Console.info("\(output): \(weights) of \(run.checkpoint.relativePath)")
      for line in written.notes { Console.info(line) }
      if let choice = run.choice { Console.info(choice) }
      if run.settings.evaluation.average == .snapshots {
        Console.info(
          "note: a file holds one model; the run's snapshot ensemble is used by 'rondo evaluate' and "
            + "'rondo predict' only")
      }
      try writeCard(of: run, files: written.files, by: rule)
    }

    /// The format that the output's name ends with; names without an ending are safetensors.
    private var formatByName: ModelFormat {
      get throws {
        switch URL(fileURLWithPath: output).pathExtension.lowercased() {
        case "onnx": return .onnx
        case "safetensors", "": return .safetensors
        case let ending:
          let formats = ModelFormat.allCases.map(\.rawValue).joined(separator: ", ")
          throw ValidationError(
            "--output ends with .\(ending), which names no format; end it with .onnx or .safetensors, or add "
              + "--to (\(formats)).")
        }
      }
    }

    /// Refuses a name that ends with another format than the one that is written.
    private func checkName(_ format: ModelFormat) throws {
      let ending = URL(fileURLWithPath: output).pathExtension.lowercased()
      guard let named = ModelFormat(rawValue: ending), named != format else { return }
      throw ValidationError(
        "--to is \(format.rawValue), and --output \(output) ends with another format; leave out --to, or end the name "
          + "otherwise.")
    }

    private func write(
      _ run: TrainedRun, as format: ModelFormat, by rule: OutputRule
    ) throws -> (files: [String], notes: [String]) {
      switch format {
      case .safetensors:
        try rule.write(to: output) { try writeWeights(of: run, to: $0) }
        return ([output], [])
      case .onnx:
        return try writeONNX(try run.onnx(preprocessing ?? .inside), by: rule)
      case .coremlScript, .litertScript:
        guard output != "-" else {
          throw ValidationError("The script and its weights are two files; name one by --output.")
        }
        guard let network = run.pythonName, let about = Preprocessing(metadata: run.metadata)
        else {
          throw ValidationError(
            "--to \(format.rawValue) is for classifiers of color images that torchvision or timm has, and "
              + "\(run.settings.model.name) is none; use --to onnx.")
        }
        let file = URL(fileURLWithPath: output)
        let name = file.deletingPathExtension().lastPathComponent
        let weights = file.deletingLastPathComponent().appendingPathComponent(name + ".safetensors")
          .relativePath
        let script = ConversionScript(
          to: format == .coremlScript ? .coreML : .liteRT, network,
          weights: name + ".safetensors", name: name, height: about.height, width: about.width)
        try rule.claim(weights)
        try rule.write(to: weights) { try writeWeights(of: run, to: $0) }
        try rule.write(to: output) { try $0.write(script.text) }
        return (
          [output, weights],
          ["\(weights): the weights that it reads; run it with: python3 \(output)"]
        )
      }
    }

    private func writeWeights(of run: TrainedRun, to writer: FileWriter) throws {
      let python = run.pythonName.map { ["python": $0] } ?? [:]
      try Checkpoint.export(run.checkpoint, adding: python, to: writer)
    }

    /// A protocol buffer holds less than 2 GiB: larger weights are written into a file beside it.
    private func writeONNX(
      _ export: ONNXExport, by rule: OutputRule
    ) throws -> (files: [String], notes: [String]) {
      let limit =
        ProcessInfo.processInfo.environment["RONDO_ONNX_LIMIT"].flatMap { Int($0) } ?? 2_000_000_000
      func write(to file: FileWriter, data: (name: String, write: (Data) throws -> Void)? = nil)
        throws
      {
        try export.graph.write(
          metadata: export.metadata, version: Rondo.version, to: { try file.write($0) }, data: data)
      }
      let opset = "opset \(ONNXExport.opset), images normalized \((preprocessing ?? .inside).rawValue)"
      guard export.graph.weightBytes > limit else {
        try rule.write(to: output) { try write(to: $0) }
        return ([output], ["onnx: \(opset)"])
      }
      guard output != "-" else {
        throw ValidationError(
          "The model's weights are too large for one ONNX file, and standard output takes one only; "
            + "name a file by --output.")
      }
      let beside = output + ".data"
      try rule.claim(beside)
      let name = URL(fileURLWithPath: beside).lastPathComponent
      // The model comes last: without it the weights are of no use, and nobody takes them for whole.
      try rule.write(to: output) { file in
        try rule.write(to: beside) { weights in
          try write(to: file, data: (name, { try weights.write($0) }))
        }
      }
      return (
        [output, beside], ["onnx: \(opset)", "\(beside): its weights, to be kept beside it"]
      )
    }

    /// Writes the model card, but neither over a file that is the user's nor over the card of another file.
    private func writeCard(
      of run: TrainedRun, files: [String], by rule: OutputRule
    ) throws {
      if card == "none" || (card == nil && output == "-") { return }
      let file = URL(fileURLWithPath: output)
      var model = ModelCard(
        try RunRecord.read(from: run.folder), try EvaluationMetrics.read(from: run.folder),
        settings: run.settings, begun: publishedWeights(of: run.settings),
        classNames: run.classNames,
        checkpoint: run.checkpoint.lastPathComponent,
        files: files.map { URL(fileURLWithPath: $0).lastPathComponent }, version: Rondo.version)
      let common = file.deletingLastPathComponent().appendingPathComponent("README.md")
      let before = card == nil ? try? String(contentsOf: common, encoding: .utf8) : nil
      let isSecond = before.map(model.isOther) ?? false
      let beside =
        isSecond
        ? file.appendingPathExtension("md").relativePath : common.relativePath
      if let before, !isSecond {
        // The other formats of the same checkpoint that lie beside it.
        model = model.listing(
          model.files(in: before).filter {
            FileManager.default.fileExists(atPath: file.deletingLastPathComponent().appendingPathComponent($0).path)
          })
      }
      do {
        // --overwrite is for the files that were named.
        let rule = card == nil ? OutputRule(overwrite: false) : rule
        if card == nil { try rule.claim(beside) }
        try rule.write(to: card ?? beside) { try $0.write(model.text) }
        Console.info(
          "\(card ?? beside): the model card"
            + (isSecond && card == nil
              ? ", since README.md is another model's; --card FILE writes it elsewhere" : ""))
      } catch FileError.isThere where card == nil {
        Console.info(
          "note: \(beside) exists and was not written by Rondo, so it was left as it is; --card FILE writes the model card "
            + "elsewhere")
      }
    }
  }

  /// What an exported model is for.
  enum ModelFormat: String, NamedArgument {
    case onnx, safetensors
    case coremlScript = "coreml-script"
    case litertScript = "litert-script"
  }

  extension ONNXExport.Preprocessing: NamedArgument {}
#endif

#if LIBTORCH
  import ArgumentParser
  import Foundation
  import Numbers
  import Serving
  import Synchronization
  import Tasks
  import Torch

  /// `rondo serve`: a server that predicts with a run's model.
  struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "serve",
      abstract: "Serves a run's predictions over HTTP.",
      discussion: """
        rondo serve runs/photos-1                   at http://127.0.0.1:7172/
        curl --data-binary @a.jpg http://127.0.0.1:7172/predict
        curl -F image=@a.jpg 'http://127.0.0.1:7172/predict?top=5'

        Predictions are as 'rondo predict --format json' writes them. The server is for this machine alone; --host \
        0.0.0.0 --token SECRET answers others that give the token. SIGTERM and Ctrl-C end it when all requests that it \
        has accepted are answered.
        """)

    @Argument(help: "The run folder.")
    var folder: String
    @OptionGroup var choice: CheckpointChoice
    @Option(help: "cpu, cuda, cuda:1, mps or auto.")
    var device: String?
    @Option(help: "Compute threads; those of the run by default.")
    var threads: Int?

    @Option(help: "The port; 0 takes any that is free.")
    var port = 7172
    @OptionGroup var listening: ListeningOptions

    @Option(help: "The most images in a batch; by default as many as in 'rondo predict'.")
    var batchSize: Int?
    @Option(help: "The longest that an image waits for others, in milliseconds.")
    var delay = 5.0
    @Option(help: "The most images in progress; more are refused with status 503.")
    var queue = 128
    @Option(help: "The largest body of a request, in megabytes.")
    var maxMegabytes = 10.0
    @Option(help: "The largest image, in megapixels.")
    var maxMegapixels = 25.0
    @Option(
      help: "The seconds within which a request must arrive, and its response be read.")
    var timeout = 30.0

    func validate() throws {
      func check<Value: Comparable>(
        _ name: String, _ value: Value?, _ range: ClosedRange<Value>
      ) throws {
        if let value, !range.contains(value) {
          throw ValidationError(
            "\(name) is \(value), but must be from \(range.lowerBound) to \(range.upperBound).")
        }
      }
      try check("--threads", threads, 1...1024)
      try check("--batch-size", batchSize, 1...4096)
      try check("--delay", delay, 0...1000)
      try check("--queue", queue, 1...4096)
      try check("--max-megabytes", maxMegabytes, 0.001...1000)
      try check("--max-megapixels", maxMegapixels, 0.001...268)
      try check("--timeout", timeout, 0.1...3600)
    }

    func run() throws {
      var limits = HTTPServer.Limits()
      limits.body = Int(clamping: maxMegabytes * 1e6)
      limits.bytes = max(256_000_000, limits.body.multipliedOrMax(by: 4))
      limits.seconds = timeout
      limits.connections = queue + 128
      limits.grace = 0.5
      limits.ending = timeout + 5
      let listener = try listening.listen(at: port, limits, takesPrograms: true)
      let run = try TrainedRun(
        folder, checkpoint: choice.checkpoint, best: choice.best, device: device)
      if let threads { try Library.setThreads(threads) }
      Console.info(try run.modelDescription())
      try serve(run.servedModel(), of: run, listener)
    }

    /// Predicts on this thread, while others read requests and write responses.
    private func serve(_ model: some ServedModel, of run: TrainedRun, _ listener: Listener) throws {
      try model.warmUp()
      let coder = model.coder
      let queue = makeQueue(for: coder, batchSize: batchSize ?? model.batchSize)
      let description = ServedModelDescription(
        name: run.folder.url.lastPathComponent, task: run.task.rawValue,
        network: run.settings.model.name, checkpoint: run.checkpoint.lastPathComponent,
        classes: run.classNames, preprocessing: coder.preprocessing, device: run.device.name,
        version: Rondo.version)
      let endpoints = PredictionEndpoints(
        coder, queue, description, maximumPixels: Int(clamping: maxMegapixels * 1e6), listener)
      listener.stopAtSignals()
      Console.info("serving \(folder) at \(listener.address)")
      let isEveryoneAnswered = Mutex(true)
      Thread.detachNewThread {
        let isDone = listener.server.run(endpoints.handler)
        isEveryoneAnswered.withLock { $0 = isDone }
        queue.end()
      }
      queue.work { inputs in
        endpoints.metrics.count(batch: inputs.count)
        return try model.predict(inputs)
      }
      guard isEveryoneAnswered.withLock({ $0 }) else {
        throw ServerError.unanswered
      }
    }

    private func makeQueue<Coder: PredictionCoder>(
      for coder: Coder, batchSize: Int
    ) -> BatchQueue<Coder.Input, Coder.Output> {
      BatchQueue(
        batchSize: batchSize, delay: .microseconds(Int64(clamping: delay * 1000)), places: queue)
    }
  }
#endif

#if LIBTORCH
  import Datasets
  import Files
  import Foundation
  import Machine
  import Numbers
  import Serving
  import Tasks
  import Formatting

  /// The addresses that `rondo serve` answers at.
  ///
  ///     GET  /          a page with a form
  ///     POST /predict   an image as it is, in a form, or as base64 in JSON: the prediction as JSON
  ///     GET  /model     the model, its classes and its preprocessing
  ///     GET  /health    whether requests are answered
  ///     GET  /metrics   counts in Prometheus' text format
  final class PredictionEndpoints<Coder: PredictionCoder>: Sendable {
    private let coder: Coder
    private let queue: BatchQueue<Coder.Input, Coder.Output>
    private let model: ServedModelDescription
    private let maximumPixels: Int
    private let listener: Listener
    /// Decoding takes memory by the size of images, so as many are decoded at once as there are cores.
    private let decoders = DispatchSemaphore(value: max(2, Cores.usable))
    let metrics = ServerMetrics()

    init(
      _ coder: Coder, _ queue: BatchQueue<Coder.Input, Coder.Output>,
      _ model: ServedModelDescription, maximumPixels: Int, _ listener: Listener
    ) {
      self.coder = coder
      self.queue = queue
      self.model = model
      self.maximumPixels = maximumPixels
      self.listener = listener
    }

    /// What is done with each request.
    var handler: HTTPServer.Handler {
      .init(
        answer: { self.response(to: $0) },
        note: { request, response, seconds in
          let isPrediction = request?.path == ["predict"] && response.status == 200
          self.metrics.count(status: response.status, seconds: isPrediction ? seconds : nil)
        })
    }

    private func response(to request: HTTPRequest) -> HTTPResponse {
      let isReading = request.method == "GET" || request.method == "HEAD"
      // Whoever watches over the server need not know its token, and learns nothing else.
      if request.path == ["health"], isReading {
        return listener.server.isStopping
          ? .busy("The server is shutting down.") : .json(["status": "ok"])
      }
      if let refusal = listener.rules.response(to: request) { return refusal }
      switch request.path {
      case [] where isReading: return ServePage(model, option: coder.option).response
      case ["model"] where isReading: return .json(model)
      case ["metrics"] where isReading:
        let text = metrics.text(queue: queue.count, connections: listener.server.connections)
        return HTTPResponse(
          200, type: "text/plain; version=0.0.4; charset=utf-8", body: Data(text.utf8))
      case ["predict"] where request.method == "POST": return prediction(for: request)
      case [], ["model"], ["metrics"], ["health"], ["predict"]:
        var response = HTTPResponse.failure(405, "\(request.method) is not for this address.")
        response.headers["Allow"] = request.path == ["predict"] ? "POST" : "GET, HEAD"
        return response
      default: return .failure(404, "There is nothing at this address; images go to /predict.")
      }
    }

    // MARK: Predictions

    private func prediction(for request: HTTPRequest) -> HTTPResponse {
      let accepted = request.headers["accept"] ?? ""
      let wantsPage = accepted.contains("text/html")
      do {
        let answer = try answer(to: request)
        if wantsPage {
          return ServePage(model, option: coder.option, answer: answer).response
        }
        if let mask = answer.mask, accepted.hasPrefix("image/png") {
          return HTTPResponse(200, type: "image/png", body: Data(mask))
        }
        return HTTPResponse(200, type: "application/json", body: Data(answer.json.utf8))
      } catch {
        let (status, sentence) = Self.words(for: error)
        if wantsPage {
          var response =
            ServePage(model, option: coder.option, problem: sentence).response
          response.status = status
          return response
        }
        return status == 503 ? .busy(sentence) : .failure(status, sentence)
      }
    }

    private func answer(to request: HTTPRequest) throws -> PredictionResponse {
      let upload = try UploadedImage(request)
      let option = try option(in: upload.options)
      let file = try MemoryFile(upload.bytes)
      let output = try queue.output {
        decoders.wait()
        defer { decoders.signal() }
        return try coder.input(file.path, maximumPixels: maximumPixels)
      }
      // A file that is read when its turn comes must be there until then.
      return try withExtendedLifetime(file) {
        try coder.answer(output, name: upload.name, option: option)
      }
    }

    private func option(in options: [String: String]) throws -> Double? {
      let known = coder.option
      if let other = options.keys.sorted().first(where: { $0 != known?.name }) {
        throw RefusedUpload.unknownOption(other, known: known?.name)
      }
      guard let known, let text = options[known.name] else { return nil }
      guard let value = Double(text), known.range.contains(value),
        !known.isWhole || value == value.rounded()
      else { throw RefusedUpload.badOption(known, text) }
      return value
    }

    /// The status and the sentence of what went wrong.
    private static func words(for error: any Error) -> (Int, String) {
      switch error {
      case let fault as ImageFault:
        let status =
          switch fault {
          case .otherKind, .unsupported: 415
          case .tooLarge: 413
          case .unreadable: 500
          default: 400
          }
        return (status, "The image cannot be used: \(fault).")
      case let refused as RefusedUpload: return (400, "\(refused)")
      case let response as HTTPResponse:
        return (response.status, response.sentence)
      case BatchQueue<Coder.Input, Coder.Output>.Refusal.full:
        return (503, "Too many requests are waiting; try again.")
      case BatchQueue<Coder.Input, Coder.Output>.Refusal.ended:
        return (503, "The server is shutting down.")
      default: return (500, sentence(for: error))
      }
    }
  }

  /// Why what is asked beside an image is refused.
  private enum RefusedUpload: Error, CustomStringConvertible {
    case unknownOption(String, known: String?)
    case badOption(PredictionOption, String)

    var description: String {
      switch self {
      case .unknownOption(let name, let known):
        "There is no option \(name.printable) here"
          + (known.map { "; there is \($0)." } ?? ".")
      case .badOption(let option, let text):
        "\(option.name) is \(text.printable), but must be a \(option.isWhole ? "whole " : "")number from "
          + "\(option.text(option.range.lowerBound)) to \(option.text(option.range.upperBound))."
      }
    }
  }
#endif

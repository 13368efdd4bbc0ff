#if LIBTORCH
  import Foundation
  import Numbers
  import Reporting
  import Serving
  import Tasks

  /// What `/model` says of a model.
  struct ServedModelDescription: Encodable {
    let name: String
    let task: String
    let network: String
    let checkpoint: String
    let classes: [String]
    let preprocessing: [String: String]
    let device: String
    let version: String
  }

  /// The page of `rondo serve`: a form for an image, without script, and the prediction of the last one.
  struct ServePage {
    private let model: ServedModelDescription
    private let option: PredictionOption?
    private let answer: PredictionResponse?
    private let problem: String?

    init(
      _ model: ServedModelDescription, option: PredictionOption?, answer: PredictionResponse? = nil,
      problem: String? = nil
    ) {
      self.model = model
      self.option = option
      self.answer = answer
      self.problem = problem
    }

    var response: HTTPResponse {
      HTTPResponse(
        200, type: "text/html; charset=utf-8", body: Data(html.utf8),
        headers: [
          "Content-Security-Policy":
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; "
            + "base-uri 'none'; frame-ancestors 'none'"
        ])
    }

    private var html: String {
      """
      <!doctype html>
      <html lang="en">
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width">
      <title>\(PageParts.escaped(model.name))</title>
      <style>
      :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
      body { max-width: 45rem; margin: 2rem auto; padding: 0 1rem }
      form { display: flex; flex-wrap: wrap; gap: 1rem; align-items: end }
      label { display: grid }
      input[type=number] { width: 6rem }
      pre { overflow: auto; padding: 1rem; border: 1px solid; white-space: pre-wrap }
      img { max-width: 100%; image-rendering: pixelated }
      </style>
      <h1>\(PageParts.escaped(model.name))</h1>
      <p>\(PageParts.escaped(about))</p>
      <form method="post" action="/predict" enctype="multipart/form-data">
      <label>Image <input type="file" name="image" accept="image/*" required></label>
      \(field)<button>Predict</button>
      </form>
      \(result)
      </html>

      """
    }

    private var about: String {
      let shown = model.classes.prefix(20).joined(separator: ", ")
      let more = model.classes.count - 20
      return "\(model.task) by \(model.network); classes: \(shown)"
        + (more > 0 ? " and \(more) more." : ".")
    }

    private var field: String {
      guard let option else { return "" }
      let (low, high) = (option.range.lowerBound, option.range.upperBound)
      let value = option.isWhole ? min(5, high) : 0.4
      let numbers = [low, high, value].map(option.text)
      return """
        <label>\(option.name) <input type="number" name="\(option.name)" min="\(numbers[0])" \
        max="\(numbers[1])" step="\(option.isWhole ? "1" : "any")" value="\(numbers[2])"></label>

        """
    }

    private var result: String {
      if let problem { return "<p role=\"alert\">\(PageParts.escaped(problem))</p>" }
      guard let answer else { return "" }
      guard let mask = answer.mask else {
        return "<h2>Prediction</h2>\n<pre>\(PageParts.escaped(answer.json))</pre>"
      }
      let source = "data:image/png;base64," + Data(mask).base64EncodedString()
      return "<h2>Prediction</h2>\n<p><img src=\"\(source)\" alt=\"the mask\">"
    }
  }
#endif

import Foundation
import Testing

@testable import Serving

@Suite struct `An uploaded image` {
  private func upload(
    _ body: String, _ type: String?, query: [String: String] = [:]
  ) throws -> UploadedImage {
    try UploadedImage(
      HTTPRequest(
        "POST", ["predict"], query: query, headers: type.map { ["content-type": $0] } ?? [:],
        body: Data(body.utf8)))
  }

  @Test func `is the body, whatever a program calls it`() throws {
    for type in [
      "image/jpeg", "application/octet-stream", "application/x-www-form-urlencoded", nil,
    ] {
      let image = try upload("bytes", type, query: ["top": "3", "name": "a.jpg", "token": "t"])
      #expect(image.bytes == Data("bytes".utf8) && image.name == "a.jpg")
      #expect(image.options == ["top": "3"])
    }
    #expect(try upload("bytes", "image/png").name == "image")
  }

  /// As curl 7.88 and Firefox 128 send forms.
  @Test func `is the one file of a form`() throws {
    let form =
      "--x\r\nContent-Disposition: form-data; name=\"top\"\r\n\r\n2\r\n--x\r\n"
      + "Content-Disposition: form-data; name=\"score\"\r\n\r\n\r\n--x\r\n"
      + "content-disposition: form-data; filename=\"a \\\"b\\\"; c.png\"; name=image\r\n"
      + "Content-Type: image/png\r\n\r\n1\r\n--y\r\n2\r\n--x--\r\nepilogue"
    let image = try upload(form, "multipart/form-data; boundary=x")
    #expect(image.bytes == Data("1\r\n--y\r\n2".utf8), "what looks like a boundary is none")
    #expect(image.name == "a \"b\"; c.png")
    #expect(image.options == ["top": "2"], "an empty field was not filled in")
  }

  @Test func `is base64 in JSON, also as a browser's data URL`() throws {
    for text in ["Ynl0ZXM=", "data:image/png;base64,Ynl0ZXM="] {
      let image = try upload(
        #"{"image":"\#(text)","name":"a","top":2.5}"#, "application/json; charset=utf-8")
      #expect(image.bytes == Data("bytes".utf8) && image.name == "a")
      #expect(image.options == ["top": "2.5"])
    }
  }

  @Test(arguments: [
    ("", "image/png", 400), ("x", "text/plain", 415), ("x", "multipart/form-data", 400),
    ("x", "multipart/form-data; boundary=", 400),
    ("--b", "multipart/form-data; boundary=b", 400),
    ("--b\r\n", "multipart/form-data; boundary=b", 400),
    ("--b\r\n\r\nx", "multipart/form-data; boundary=b", 400),
    ("--b\r\n\r\nx\r\n--b--", "multipart/form-data; boundary=b", 400),
    (
      "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--", "multipart/form-data; boundary=b",
      400
    ),
    ("[]", "application/json", 400), ("{\"image\":1}", "application/json", 400),
    ("{\"image\":\"YQ==\",\"top\":[1]}", "application/json", 400),
  ]) func `is refused where it cannot be told`(body: String, type: String, status: Int) {
    let error = #expect(throws: HTTPResponse.self) { try upload(body, type) }
    #expect(error?.status == status)
    #expect(error?.sentence.isEmpty == false)
  }

  @Test func `never traps on a form that is cut off or altered`() {
    let form = Array(
      ("--x\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a\"\r\n\r\n\r\n--x--")
        .utf8)
    for count in 0...form.count {
      _ = MultipartForm(Data(form.prefix(count)), boundary: "x")
      guard count < form.count else { continue }
      for byte in [0, 13, 34, 45, 255] as [UInt8] {
        var altered = form
        altered[count] = byte
        _ = MultipartForm(Data(altered), boundary: "x")
      }
    }
  }
}

@Suite struct `Counts of a server` {
  /// Worked by hand: a bucket counts all values up to its bound.
  @Test func `are in Prometheus' format`() {
    let metrics = ServerMetrics()
    for seconds in [0.001, 0.002, 0.3, 60] { metrics.count(status: 200, seconds: seconds) }
    metrics.count(status: 503, seconds: nil)
    metrics.count(batch: 3)
    let lines = metrics.text(queue: 2, connections: 5).split(separator: "\n")
    for line in [
      "rondo_http_requests_total{status=\"200\"} 4", "rondo_http_requests_total{status=\"503\"} 1",
      "rondo_prediction_seconds_bucket{le=\"0.001\"} 1",
      "rondo_prediction_seconds_bucket{le=\"0.0025\"} 2",
      "rondo_prediction_seconds_bucket{le=\"0.25\"} 2",
      "rondo_prediction_seconds_bucket{le=\"0.5\"} 3",
      "rondo_prediction_seconds_bucket{le=\"10.0\"} 3",
      "rondo_prediction_seconds_bucket{le=\"+Inf\"} 4", "rondo_prediction_seconds_count 4",
      "rondo_batch_size_bucket{le=\"2.0\"} 0",
      "rondo_batch_size_bucket{le=\"4.0\"} 1", "rondo_queue_length 2", "rondo_connections 5",
      "# TYPE rondo_batch_size histogram",
    ] {
      #expect(lines.contains(Substring(line)), "\(line)")
    }
    #expect(lines.contains { $0.hasPrefix("rondo_prediction_seconds_sum 60.303") })
  }
}

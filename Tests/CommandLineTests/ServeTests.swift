#if LIBTORCH
  import Datasets
  import Foundation
  import Synchronization
  import TestSupport
  import Testing

  @Suite struct `The serve command` {
    private let directory: TemporaryDirectory

    init() throws { directory = try Self.trained.copy() }

    private static let trained = PreparedDirectory { directory in
      for index in 0..<12 {
        for (name, color) in [("red", [180, 40, 40]), ("blue", [40, 40, 180])]
          as [(String, [UInt8])]
        {
          try write(image(color, index), "photos/train/\(name)/\(index).png", in: directory)
        }
      }
      for index in 0..<32 {
        // Each another mixture, so that no two have the same prediction.
        let share = UInt8(4 * index)
        try write(
          image([40 + share, 40, 180 - share], index), "photos/val/red/\(index).png", in: directory)
      }
      try write(image([40, 40, 180], 3), "photos/val/blue/0.png", in: directory)
      let result = try Program.run(
        [
          "train", "--data", "photos", "--steps", "12", "--batch-size", "8", "--base-lr", "0.01",
          "--max-lr", "0.05", "--threads", "1",
        ], in: directory.url)
      try #require(result.status == 0, "\(result.messages)")
    }

    private static func image(
      _ color: [UInt8], _ grain: Int, width: Int = 20, height: Int = 14
    ) -> Data {
      let pixels = (0..<width * height).flatMap { pixel in
        color.map { $0 + UInt8((pixel + grain) % 60) }
      }
      return pixels.withUnsafeBufferPointer {
        PNG.encoded($0, width: width, height: height, channels: 3)
      }
    }

    private static func write(_ data: Data, _ path: String, in directory: TemporaryDirectory) throws {
      let file = directory.url(path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try data.write(to: file)
    }

    private func served(_ more: String...) throws -> ServedRun {
      try ServedRun("runs/photos-1", in: directory.url, more)
    }

    private func photo(_ index: Int) throws -> Data {
      try Data(contentsOf: directory.url("photos/val/red/\(index).png"))
    }

    /// What `rondo predict` says of the images, by their names.
    private func predicted(_ paths: [String], _ more: String...) throws -> [String: [String: Any]] {
      let result = try Program.run(
        ["predict", "runs/photos-1"] + paths + ["--format", "json"] + more, in: directory.url)
      try #require(result.status == 0, "\(result.messages)")
      let rows = try #require(
        try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
      return Dictionary(
        uniqueKeysWithValues: try rows.map { (try #require($0["file"] as? String), $0) })
    }

    /// The networks' sums may differ in their last bits with the size of a batch.
    private func isSame(_ own: [String: Any], _ other: [String: Any]?) -> Bool {
      guard let a = own["probability"] as? Double, let b = other?["probability"] as? Double else {
        return false
      }
      return own["class"] as? String == other?["class"] as? String && abs(a - b) < 1e-5
    }

    @Test func `answers an image as predict does, however it is sent`() throws {
      let server = try served()
      let path = "photos/val/red/9.png"
      let wanted = try #require(try predicted([path], "--top", "2")[path])
      let image = try photo(9)
      let form =
        Data(
          ("preamble\r\n--b0\r\nContent-Disposition: form-data; name=\"top\"\r\n\r\n2\r\n"
            + "--b0\r\nContent-Disposition: form-data; name=\"image\"; filename=\"\(path)\"\r\n"
            + "Content-Type: image/png\r\n\r\n").utf8) + image + Data("\r\n--b0--\r\n".utf8)
      let json = Data(
        #"{"image":"\#(image.base64EncodedString())","top":2,"name":"\#(path)"}"#.utf8)
      let answers = [
        try server.post(image, "/predict?top=2&name=photos%2Fval%2Fred%2F9.png"),
        try server.post(image, "/predict?top=2&name=\(path)", type: "application/octet-stream"),
        try server.post(form, type: "multipart/form-data; boundary=\"b0\""),
        try server.post(json, type: "application/json; charset=utf-8"),
      ]
      for answer in answers {
        #expect(answer.status == 200, "\(answer.text)")
        let own = try answer.object()
        #expect(own["file"] as? String == path)
        #expect(isSame(own, wanted))
        let guesses = try #require(own["top"] as? [[String: Any]])
        let others = try #require(wanted["top"] as? [[String: Any]])
        #expect(guesses.count == 2 && zip(guesses, others).allSatisfy(isSame))
      }
      #expect(try server.post(image).object().keys.sorted() == ["class", "file", "probability"])
      #expect(try server.end() == 0)
    }

    @Test func `gives each of 32 clients the prediction of its own image`() throws {
      let server = try served("--batch-size", "16", "--delay", "20")
      let paths = (0..<32).map { "photos/val/red/\($0).png" }
      let wanted = try predicted(paths)
      let images = try (0..<32).map(photo)
      let answers = Mutex<[(Int, ServedResponse)]>([])
      onThreads(32) { client in
        guard let connection = try? server.connect() else { return }
        for round in 0..<4 {
          let index = (client + 8 * round) % 32
          let target = "/predict?name=\(paths[index])"
          let headers = ["Content-Type": "image/png"]
          guard let answer = try? connection.ask("POST", target, images[index], headers) else {
            return
          }
          answers.withLock { $0.append((index, answer)) }
        }
      }
      let all = answers.withLock { $0 }
      #expect(all.count == 128)
      for (index, answer) in all {
        #expect(answer.status == 200, "\(answer.text)")
        let own = try answer.object()
        #expect(own["file"] as? String == paths[index])
        #expect(isSame(own, wanted[paths[index]]), "\(own)")
      }
      let distinct = Set(wanted.values.compactMap { $0["probability"] as? Double })
      #expect(distinct.count > 16, "a mixed-up answer would be seen")
      var metrics = ""
      // A response is counted when it has been sent, so that its client may be faster.
      for _ in 0..<100 where !metrics.contains("rondo_prediction_seconds_count 128\n") {
        metrics = try server.ask("GET", "/metrics").text
      }
      #expect(metrics.contains("rondo_prediction_seconds_count 128\n"), "\(metrics)")
      #expect(metrics.contains("rondo_http_requests_total{status=\"200\"} "))
      #expect(metrics.contains("rondo_batch_size_sum 128.0\n"))
      #expect(metrics.contains("rondo_queue_length 0\n"))
      let batches = metrics.firstMatch(of: /rondo_batch_size_count (\d+)/).flatMap { Int($0.1) }
      #expect(try #require(batches) < 128, "some were predicted together")
    }

    @Test func `refuses what is no image that it takes, in a sentence`() throws {
      let server = try served("--max-megabytes", "0.02", "--max-megapixels", "0.001")
      let image = try photo(0)
      let form = "multipart/form-data; boundary=b"
      let part = "--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"x\"\r\n\r\nx\r\n"
      let cases: [(Data, String, String, Int, String)] = [
        (Data(), "/predict", "image/png", 400, "no image in it"),
        (Data("GIF88a".utf8), "/predict", "image/png", 415, "none of the supported formats"),
        (image.prefix(image.count - 30), "/predict", "image/png", 400, "truncated or damaged"),
        (image, "/predict", "text/html", 415, "The Content-Type text/html is not supported"),
        (image, "/predict", form, 400, "not a form of the boundary"),
        (Data("--b\r\nx".utf8), "/predict", form, 400, "not a form of the boundary"),
        (Data("--b--".utf8), "/predict", form, 400, "has 0 files in it"),
        (Data((part + part + "--b--").utf8), "/predict", form, 400, "has 2 files in it"),
        (Data("{".utf8), "/predict", "application/json", 400, "not an object of JSON"),
        (Data("{}".utf8), "/predict", "application/json", 400, "has no \"image\""),
        (Data(#"{"image":"?"}"#.utf8), "/predict", "application/json", 400, "is not base64"),
        (Data(count: 20_001), "/predict", "image/png", 413, "larger than the 20000 bytes"),
        (
          Self.image([1, 2, 3], 0, width: 40, height: 30), "/predict", "image/png", 413,
          "claims 40x30 pixels, and at most 1000 are read"
        ),
        (image, "/predict?top=3", "image/png", 400, "must be a whole number from 1 to 2"),
        (image, "/predict?top=1.5", "image/png", 400, "must be a whole number from 1 to 2"),
        (image, "/predict?tap=1", "image/png", 400, "no option tap here; there is top"),
        (image, "/", "image/png", 405, "POST is not for this address"),
        (image, "/other", "image/png", 404, "images go to /predict"),
      ]
      for (body, target, type, status, words) in cases {
        let answer = try server.post(body, target, type: type)
        #expect(answer.status == status, "\(target) \(type): \(answer.text)")
        let sentence = (try? answer.object())?["error"] as? String
        #expect(sentence?.contains(words) == true, "\(answer.text)")
      }
      #expect(try server.ask("GET", "/predict").status == 405)
      let foreign = try server.ask("POST", "/predict", image, ["Origin": "http://evil.example"])
      #expect(foreign.status == 403)
      #expect(try server.post(image).status == 200, "it goes on")
    }

    @Test func `cuts off a client that is slow, and refuses what there is no room for`() throws {
      let server = try served("--timeout", "0.5", "--queue", "1")
      let slow = try server.connect()
      slow.send(
        Data("POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc".utf8))
      let image = try photo(0)
      let statuses = Mutex<[Int]>([])
      var heads: [String] = []
      // With one place, of 16 clients at once some find it taken.
      for _ in 0..<20 where heads.isEmpty {
        let found = Mutex<[String]>([])
        onThreads(16) { _ in
          guard let answer = try? server.post(image) else { return }
          statuses.withLock { $0.append(answer.status) }
          if answer.status == 503 { found.withLock { $0.append(answer.head) } }
        }
        heads = found.withLock { $0 }
      }
      #expect(Set(statuses.withLock { $0 }) == [200, 503])
      #expect(heads.allSatisfy { $0.contains("Retry-After: 1") })
      let late = try slow.response()
      #expect(late.status == 408)
      #expect(late.text.contains("did not come within"))
      #expect(try server.post(image).status == 200)
    }

    @Test func `says what it serves, on a page that works without script, and in JSON`() throws {
      let server = try served()
      let page = try server.ask("GET", "/")
      #expect(page.status == 200 && page.text.contains("<form method=\"post\""))
      #expect(!page.text.contains("<script"))
      let about = try server.ask("GET", "/model").object()
      #expect(about["name"] as? String == "photos-1")
      #expect(about["task"] as? String == "classify")
      #expect(about["classes"] as? [String] == ["blue", "red"])
      let preprocessing = try #require(about["preprocessing"] as? [String: String])
      #expect(preprocessing["size"]?.hasSuffix("x3") == true && preprocessing["mean"] != nil)
      #expect(try server.ask("GET", "/health").object() as? [String: String] == ["status": "ok"])
      let form = Data(
        "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"<b>.png\"\r\n\r\n".utf8)
      let answer = try server.ask(
        "POST", "/predict", try form + photo(0) + Data("\r\n--b--".utf8),
        ["Content-Type": "multipart/form-data; boundary=b", "Accept": "text/html,*/*"])
      #expect(answer.status == 200 && answer.text.contains("&lt;b&gt;.png"), "\(answer.text)")
      #expect(answer.text.contains("probability") && !answer.text.contains("<b>.png"))
    }

    @Test func `asks other machines for the token, but not for its health`() throws {
      let token = "0123456789abcdef"
      let server = try served("--token", token)
      let image = try photo(0)
      #expect(try server.post(image).status == 401)
      #expect(try server.ask("GET", "/health").status == 200)
      let answer = try server.ask(
        "POST", "/predict", image, ["Authorization": "Bearer \(token)"])
      #expect(answer.status == 200, "\(answer.text)")
    }

    @Test func `ends at a signal when all that it has accepted is answered`() throws {
      let server = try served()
      let image = try photo(0)
      let head =
        "POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(image.count)\r\n\r\n"
      // Half of their requests are there when the signal comes; one connection is kept, and idle.
      let clients = try (0..<8).map { _ in try server.connect() }
      for client in clients { client.send(Data(head.utf8) + image.prefix(40)) }
      let idle = try server.connect()
      #expect(try idle.ask("GET", "/health").status == 200)
      usleep(100_000)
      server.running.send(SIGTERM)
      usleep(300_000)
      for client in clients { client.send(image.dropFirst(40)) }
      for client in clients {
        let answer = try client.response()
        #expect(answer.status == 200, "\(answer.text)")
        #expect(answer.head.contains("Connection: close"))
      }
      #expect(try server.running.result().status == 0)
      #expect(throws: ClientConnection.Refused.self) { _ = try server.connect() }
    }

    @Test func `loses nothing where clients ask on and on while it ends`() throws {
      let server = try served()
      let image = try photo(0)
      let answered = Atomic(0)
      let lost = Atomic(0)
      onThreads(9) { client in
        if client == 8 {
          usleep(300_000)
          return server.running.send(SIGTERM)
        }
        guard let connection = try? server.connect() else { return }
        while true {
          guard let answer = try? connection.ask("POST", "/predict", image), answer.status == 200
          else {
            lost.add(1, ordering: .relaxed)
            return
          }
          answered.add(1, ordering: .relaxed)
          if answer.head.contains("Connection: close") { return }
        }
      }
      #expect(lost.load(ordering: .relaxed) == 0)
      #expect(answered.load(ordering: .relaxed) > 8)
      #expect(try server.running.result().status == 0)
    }

    @Test func `refuses what it cannot serve in a sentence`() async throws {
      @Sendable func refused(_ arguments: [String], _ words: String) throws {
        // Cases that run side by side do not meet at the default port.
        let port = arguments.contains("--port") ? [] : ["--port", "0"]
        let result = try Program.run(["serve"] + arguments + port, in: directory.url)
        #expect(result.status == 2, "\(arguments)")
        #expect(result.messages.contains(words), "\(result.messages)")
      }
      let server = try served()
      try await concurrently([
        ([], "Missing expected argument '<folder>'"), (["nowhere"], "nowhere is not a run folder"),
        (["photos/val/blue/0.png"], "is not a run folder"),
        (["runs/photos-1", "--checkpoint", "x.safetensors"], "x.safetensors"),
        (["runs/photos-1", "--host", "0.0.0.0"], "so it needs a --token"),
        (["runs/photos-1", "--batch-size", "0"], "must be from 1 to 4096"),
        (["runs/photos-1", "--port", "70000"], "from 0 to 65535"),
        (["runs/photos-1", "--port", "\(server.port)"], "is in use by another program"),
      ]) { try refused($0, $1) }
    }
  }
#endif

#if NETWORK
  import Foundation
  import Numbers
  import Synchronization
  import Formatting

  #if canImport(FoundationNetworking)
    import FoundationNetworking
  #endif

  /// One answer of a server, written behind what is there of a file.
  ///
  /// Everything mutable is touched on the session's own queue, of one operation at a time, and read
  /// when the answer is at its end.
  final class Download: NSObject, URLSessionDataDelegate, @unchecked Sendable {
    /// How an answer ended.
    enum End {
      /// The server has sent all that it has.
      case whole
      /// The server said no.
      case refused(status: Int)
      /// The server sends the client where it does not go.
      case badRedirect(to: String, reason: String)
      /// The server sent a web page.
      case webPage
      /// What the server sent does not surely follow what is there.
      case doubtful(reason: String)
      /// The server's file has another size.
      case otherSize(Int)
      /// The server could not be asked, or fell silent.
      case failed(reason: String)
      /// What came could not be written.
      case unwritable(reason: String)
    }

    /// How often a server may send the client on.
    static let maximumRedirects = 10

    private let request: URLRequest
    private let file: FileHandle
    private let size: PublishedSize?
    private let version: String?
    private let isChecked: Bool
    private let timeout: Double
    private let lastSign = Mutex(ContinuousClock.now)
    private let onStart: (String?) -> Void
    private let onProgress: (Int, Int?) -> Void
    private let ended = DispatchSemaphore(value: 0)
    private var end: End?
    private var total: Int?
    private var redirects = 0
    /// Bytes of the file that are there.
    private(set) var there: Int
    /// Whether anything came.
    private(set) var hasCome = false
    /// The SHA-256 sum that the server names for the file, as Hugging Face does beside its redirection.
    private(set) var statedSum: Checksum?

    /// Prepares to ask for what follows the bytes that are there.
    ///
    /// - Parameters:
    ///   - version: the entity tag of the bytes that are there, or when their file was modified; where the server's file
    ///     has another by now, it begins anew.
    ///   - size: the file's size, where it is known.
    ///   - isChecked: whether the whole file is compared with a sum; else only a version, or a sum that the server names,
    ///     vouches for what follows the bytes that are there.
    ///   - onStart: is called with the version of a file that begins anew, where its server names one.
    init(
      _ url: URL, to file: FileHandle, there: Int, version: String? = nil,
      size: PublishedSize? = nil, isChecked: Bool,
      timeout: Double, onStart: @escaping (String?) -> Void = { _ in },
      onProgress: @escaping (Int, Int?) -> Void
    ) {
      var request = URLRequest(url: url, timeoutInterval: timeout)
      // A file that is gzipped is wanted as it is.
      request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
      if there > 0 {
        request.setValue("bytes=\(there)-", forHTTPHeaderField: "Range")
        if let version { request.setValue(version, forHTTPHeaderField: "If-Range") }
      }
      self.request = request
      self.file = file
      self.there = there
      self.size = size
      self.version = version
      self.isChecked = isChecked
      self.timeout = timeout
      self.onStart = onStart
      self.onProgress = onProgress
    }

    /// Asks, and waits for the end.
    func run() -> End {
      let queue = OperationQueue()
      queue.maxConcurrentOperationCount = 1
      let session = URLSession(configuration: .ephemeral, delegate: self, delegateQueue: queue)
      let task = session.dataTask(with: request)
      task.resume()
      // On Linux the session's own limit ends with the first byte.
      while ended.wait(timeout: .now() + min(1, timeout / 4)) == .timedOut {
        guard lastSign.withLock({ $0.duration(to: .now) }) > .seconds(timeout) else { continue }
        queue.addOperation { [self] in
          end =
            end ?? .failed(reason: "nothing arrived for \(formatted(timeout, digits: 0)) seconds")
          task.cancel()
        }
        _ = ended.wait(timeout: .now() + 5)
        break
      }
      session.invalidateAndCancel()
      queue.waitUntilAllOperationsAreFinished()
      return end ?? .whole
    }

    private func noteSign() { lastSign.withLock { $0 = .now } }

    func urlSession(
      _ session: URLSession, task: URLSessionTask,
      willPerformHTTPRedirection response: HTTPURLResponse, newRequest next: URLRequest,
      completionHandler: @escaping (URLRequest?) -> Void
    ) {
      noteSign()
      note(response)
      redirects += 1
      // What Foundation makes of an address that is no http address is not what the server said.
      let location = response.value(forHTTPHeaderField: "Location") ?? ""
      let target = URL(string: location, relativeTo: response.url)?.absoluteURL ?? response.url
      let scheme = target?.scheme ?? ""
      let words = target?.absoluteString ?? location
      if redirects > Self.maximumRedirects {
        end = .badRedirect(to: words, reason: "it is the \(redirects)th redirection in a row")
      } else if !["http", "https"].contains(scheme) {
        end = .badRedirect(to: words, reason: "it is not an http or https address")
      } else if response.url?.scheme == "https", scheme == "http" {
        end = .badRedirect(to: words, reason: "it leads from https to http")
      }
      guard end == nil else { return completionHandler(nil) }
      var next = next
      for name in ["Accept-Encoding", "Range", "If-Range"] {
        next.setValue(request.value(forHTTPHeaderField: name), forHTTPHeaderField: name)
      }
      completionHandler(next)
    }

    func urlSession(
      _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
      completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
    ) {
      noteSign()
      let answer = response as? HTTPURLResponse
      let status = answer?.statusCode ?? 200
      let length = response.expectedContentLength > 0 ? Int(response.expectedContentLength) : nil
      answer.map(note)
      do {
        guard end == nil else { return completionHandler(.cancel) }
        switch status {
        case 206 where there > 0 && doubt(answer) != nil, 416 where doubt(answer) != nil:
          end = .doubtful(reason: doubt(answer) ?? "")
          return completionHandler(.cancel)
        case 206: break
        case 200:
          // The server does not know of parts, or has another file by now: it begins anew.
          there = 0
          try file.truncate(atOffset: 0)
          onStart(answer.flatMap(Self.version))
        case 416:
          // There is nothing behind what is there.
          end = .whole
          return completionHandler(.cancel)
        default:
          end = .refused(status: status)
          return completionHandler(.cancel)
        }
        total = length.map { there + $0 }
        if response.mimeType == "text/html" {
          end = .webPage
        } else if let total, size?.holds(total) == false {
          end = .otherSize(total)
        }
        guard end == nil else { return completionHandler(.cancel) }
        try file.seek(toOffset: UInt64(there))
        completionHandler(.allow)
      } catch {
        end = .unwritable(reason: systemReason(of: error))
        completionHandler(.cancel)
      }
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
      noteSign()
      guard end == nil else { return }
      do {
        try file.write(contentsOf: data)
        there += data.count
        hasCome = true
        onProgress(there, total)
      } catch {
        end = .unwritable(reason: systemReason(of: error))
        dataTask.cancel()
      }
    }

    func urlSession(
      _ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?
    ) {
      if end == nil, let error, (error as? URLError)?.code != .cancelled {
        end = .failed(reason: systemReason(of: error))
      } else if end == nil, let total, there < total {
        end = .failed(reason: "\(there) of \(total) bytes arrived")
      }
      ended.signal()
    }

    /// The entity tag of a file, where it vouches for every byte, or else when it was modified.
    private static func version(of answer: HTTPURLResponse) -> String? {
      answer.value(forHTTPHeaderField: "ETag").flatMap { $0.hasPrefix("\"") ? $0 : nil }
        ?? answer.value(forHTTPHeaderField: "Last-Modified")
    }

    /// Why it is not sure that a part follows what is there; nil where it is, or a sum will tell.
    private func doubt(_ answer: HTTPURLResponse?) -> String? {
      guard let version else {
        return isChecked || statedSum != nil
          ? nil : "its server names neither a checksum nor a version of it"
      }
      if let now = answer.flatMap(Self.version), now.hasPrefix("\"") == version.hasPrefix("\""),
        now != version
      {
        return "its server has another version by now"
      }
      return nil
    }

    /// Keeps the sum that a server names for what it stores elsewhere.
    ///
    /// - Source: huggingface_hub, `get_hf_file_metadata`: the tag of a large file is its SHA-256.
    private func note(_ response: HTTPURLResponse) {
      guard let tag = response.value(forHTTPHeaderField: "X-Linked-ETag") else { return }
      let digits = tag.filter { $0 != "\"" }.lowercased()
      if digits.count == 64, digits.allSatisfy(\.isHexDigit) { statedSum = .sha256(digits) }
    }
  }
#endif

#if NETWORK
  import Foundation
  import Numbers
  import Words

  #if canImport(FoundationNetworking)
    import FoundationNetworking
  #endif

  /// One answer of a server, written behind what is there of a file.
  ///
  /// Everything mutable is touched on the session's own queue, of one operation at a time, and read
  /// when the answer is at its end.
  final class Download: NSObject, URLSessionDataDelegate, @unchecked Sendable {
    /// How a prediction ended.
    enum End {
      /// The server has sent all that it has.
      case whole
      /// The server said no.
      case refused(status: Int)
      /// The server could not be asked, or fell silent.
      case failed(reason: String)
      /// What came could not be written.
      case unwritable(reason: String)
    }

    private let request: URLRequest
    private let file: FileHandle
    private let onProgress: (Int, Int?) -> Void
    private let ended = DispatchSemaphore(value: 0)
    private var end: End?
    private var total: Int?
    /// Bytes of the file that are there.
    private(set) var there: Int
    /// Whether anything came.
    private(set) var hasCome = false

    /// Prepares to ask for what follows the bytes that are there.
    init(
      _ url: URL, to file: FileHandle, there: Int, timeout: Double,
      onProgress: @escaping (Int, Int?) -> Void
    ) {
      var request = URLRequest(url: url, timeoutInterval: timeout)
      // A file that is gzipped is wanted as it is.
      request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
      if there > 0 { request.setValue("bytes=\(there)-", forHTTPHeaderField: "Range") }
      self.request = request
      self.file = file
      self.there = there
      self.onProgress = onProgress
    }

    /// Asks, and waits for the end.
    func run() -> End {
      let queue = OperationQueue()
      queue.maxConcurrentOperationCount = 1
      let session = URLSession(configuration: .ephemeral, delegate: self, delegateQueue: queue)
      session.dataTask(with: request).resume()
      ended.wait()
      session.invalidateAndCancel()
      return end ?? .whole
    }

    func urlSession(
      _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
      completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
    ) {
      let status = (response as? HTTPURLResponse)?.statusCode ?? 200
      let length = response.expectedContentLength > 0 ? Int(response.expectedContentLength) : nil
      do {
        switch status {
        case 206: break
        case 200:
          // The server does not know of parts: the file begins anew.
          there = 0
          try file.truncate(atOffset: 0)
        case 416:
          // There is nothing behind what is there: its sum will say whether it is the file.
          end = .whole
          return completionHandler(.cancel)
        default:
          end = .refused(status: status)
          return completionHandler(.cancel)
        }
        total = length.map { there + $0 }
        try file.seek(toOffset: UInt64(there))
        completionHandler(.allow)
      } catch {
        end = .unwritable(reason: systemReason(of: error))
        completionHandler(.cancel)
      }
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
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
        end = .failed(reason: "\(there) of \(total) bytes came")
      }
      ended.signal()
    }
  }
#endif

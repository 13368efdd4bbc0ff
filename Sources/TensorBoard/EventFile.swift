import Formatting
import Foundation
import Numbers
import Runs
import SwiftProtobuf

/// A file of TensorBoard's events, to which records are added.
///
/// A record is the length of its event (8 bytes, little endian), the masked CRC-32C of these, the event, and
/// the masked CRC-32C of the event. Records gather in a buffer and go to the file when it is full, or when
/// `flush` is called.
final class EventFile {
  private let file: URL
  private let handle: FileHandle
  private var buffer: [UInt8] = []
  private static let capacity = 1 << 16

  /// Creates the next file in a folder.
  ///
  /// TensorBoard reads a folder's files in the order of their names, which begin with the time, so a file
  /// that is made in the same second as another comes after it by its number.
  /// - Parameter step: the step with which the file begins: what earlier files say of it and of later ones
  ///   does not count any more.
  /// - Throws: `RunError.cannotWrite`.
  init(in folder: URL, from step: Int) throws {
    let seconds = Int64(clamping: Date().timeIntervalSince1970)
    let host = ProcessInfo.processInfo.hostName.filter {
      $0.isLetter || $0.isNumber || "-.".contains($0)
    }
    let name = "events.out.tfevents.\(seconds).\(host.isEmpty ? "localhost" : host)"
    var number = 0
    func url() -> URL { folder.appendingPathComponent("\(name).\(number)") }
    while FileManager.default.fileExists(atPath: url().path) { number += 1 }
    file = url()
    do {
      try Data().write(to: file, options: .withoutOverwriting)
      handle = try FileHandle(forWritingTo: file)
    } catch {
      throw RunError.cannotWrite(path: file.path, reason: systemReason(of: error))
    }
    try add(Tensorboard_Event.with { $0.fileVersion = "brain.Event:2" })
    try add(
      Tensorboard_Event.with {
        $0.step = Int64(clamping: step)
        $0.sessionLog.status = .start
      })
  }

  deinit { try? handle.close() }

  /// Adds values of one step.
  ///
  /// - Throws: `RunError.cannotWrite` if the buffer was full and the disk is too.
  func add(_ values: [Tensorboard_Summary.Value], at step: Int) throws {
    guard !values.isEmpty else { return }
    try add(
      Tensorboard_Event.with {
        $0.step = Int64(clamping: step)
        $0.summary.value = values
      })
  }

  private func add(_ event: Tensorboard_Event) throws {
    var event = event
    event.wallTime = Date().timeIntervalSince1970
    let data: [UInt8]
    do { data = try event.serializedBytes() } catch {
      throw RunError.cannotWrite(path: file.path, reason: "\(error)")
    }
    let length = Self.bytes(UInt64(data.count))
    buffer += length + Self.bytes(CRC32C.masked(length)) + data
    buffer += Self.bytes(CRC32C.masked(data))
    if buffer.count >= Self.capacity { try flush() }
  }

  /// Hands what has gathered to the system.
  ///
  /// - Throws: `RunError.cannotWrite`.
  func flush() throws {
    do { try handle.write(contentsOf: buffer) } catch {
      throw RunError.cannotWrite(path: file.path, reason: systemReason(of: error))
    }
    buffer.removeAll(keepingCapacity: true)
  }

  private static func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }
}

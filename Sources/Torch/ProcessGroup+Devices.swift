import CTorch
import Formatting
import Foundation
import Machine
import Numbers

/// Which device each process computes on, and what carries its tensors.
extension ProcessGroup {
  /// What carries tensors on cards from process to process.
  public enum CardBackend: Sendable, Hashable {
    /// NCCL, from card to card.
    case nccl
    /// Gloo, through the computer's memory, for the reason.
    case gloo(because: String)
  }

  /// Returns the device that this process computes on where a run's is named: of several cards each process takes one.
  ///
  /// Processes take the cards of their machine in turn, and share one where there are more processes than cards.
  ///
  /// - Throws: `DeviceError` where it is not here; `GroupError` where processes cannot share it.
  public func device(of name: DeviceName) throws -> Device {
    let device = try Device(named: name)
    switch device.kind {
    case .cpu: return device
    case .mps: throw GroupError.device(device.name)
    case .cuda:
      let cards = Device.available.count { $0.kind == .cuda }
      guard device.index == 0 else { throw GroupError.oneCard(device.name) }
      let own = Device(kind: .cuda, index: Self.card(of: localRank, cards: cards))
      try own.makeCurrent()
      return own
    }
  }

  /// The number of the card that a process of a machine takes.
  static func card(of localRank: Int, cards: Int) -> Int { localRank % max(1, cards) }

  /// Decides what carries tensors on cards; all processes call it, each with the device that it computes on.
  ///
  /// - Returns: nil where none computes on a card.
  /// - Throws: `GroupError.differs` where some do and others do not; `TorchError` where NCCL cannot be begun.
  public func carryTensors(on device: Device) throws -> CardBackend? {
    let all = try Self.allGather(Place(device))
    if let other = all.firstIndex(where: { $0.isCard != all[0].isCard }) {
      throw GroupError.differs(
        rank: other, what: "the device", its: all[other].device, first: all[0].device)
    }
    guard all[0].isCard else { return nil }
    if let reason = Self.reasonAgainstNCCL(all) { return .gloo(because: reason) }
    try Self.run("beginning with NCCL") {
      ct_group_use_nccl(handle, Int32(clamping: rank), Int32(clamping: size), timeout, $0)
    }
    return .nccl
  }

  /// Where a process computes, and whether it can use NCCL.
  struct Place: Codable, Hashable {
    let host: String
    let device: String
    let isCard: Bool
    let missing: String?

    init(host: String, device: Device, missing: String?) {
      (self.host, self.device, isCard) = (host, device.name, device.kind == .cuda)
      self.missing = missing
    }

    init(_ device: Device) {
      self.init(
        host: ProcessInfo.processInfo.hostName, device: device,
        missing: device.kind == .cuda ? ProcessGroup.reasonWithoutNCCL : nil)
    }
  }

  /// Why NCCL cannot carry tensors between these places; nil where it can.
  static func reasonAgainstNCCL(_ places: [Place]) -> String? {
    if let rank = places.firstIndex(where: { $0.missing != nil }) {
      return places[rank].missing.map { "process \(rank): \($0)" }
    }
    let used = Dictionary(grouping: places) { "\($0.host) \($0.device)" }
    guard let shared = used.values.first(where: { $0.count > 1 })?.first else { return nil }
    return "\(shared.device) is shared by processes, which NCCL refuses"
  }

  /// Why NCCL cannot be used here; nil where it can.
  public static var reasonWithoutNCCL: String? {
    var reason: UnsafeMutablePointer<CChar>?
    guard ct_nccl_missing(&reason) != 0 else { return nil }
    defer { ct_free_message(reason) }
    return reason.map { String(cString: $0) } ?? "it is not here"
  }
}

extension ProcessGroup.CardBackend: CustomStringConvertible {
  /// What carries the tensors, in a few words.
  public var description: String {
    switch self {
    case .nccl: "NCCL"
    case .gloo(let reason): "Gloo, through the computer's memory (\(reason))"
    }
  }
}

extension Device {
  /// Has operations that name no device use this one of its kind.
  ///
  /// - Throws: `TorchError` where it is not here.
  func makeCurrent() throws {
    var message: UnsafeMutablePointer<CChar>?
    guard ct_use_device(kind.rawValue, Int32(clamping: index), &message) == 0 else {
      throw TorchError(
        operation: "choosing \(name)", shapes: [], reason: Failures.reason(from: message))
    }
  }
}

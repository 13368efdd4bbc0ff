#if LIBTORCH
  import Foundation
  import Numbers
  import Torch

  /// What `rondo doctor` says of several processes: who has started this one, and how they would send messages.
  enum ProcessFindings {
    /// A line for each thing.
    static var all: [(String, String)] {
      var findings: [(String, String)] = []
      var meeting = (host: elsewhere, port: LaunchedProcess.defaultPort)
      do throws(LaunchError) {
        if let launched = try LaunchedProcess() {
          meeting = (launched.host, launched.port)
          findings.append(
            (
              "processes",
              "started by \(launched.launcher.rawValue): process \(launched.rank) of \(launched.size), which meet at "
                + "\(launched.host), port \(launched.port)"
            ))
        } else {
          findings.append(
            ("processes", "started by no launcher (torchrun, srun, mpirun); --processes N starts N")
          )
        }
      } catch { findings.append(("processes", "not startable: \(error)")) }
      let address = ProcessGroup.address(towards: meeting.host, port: meeting.port)
      let interface = interface(of: address)
      let isLocal = address.hasPrefix("127.") || address == "::1" || interface == nil
      findings.append(
        (
          "",
          isLocal
            ? "messages by Gloo on this machine alone: the way to \(name(meeting.host)) has the address \(address)"
            : "messages by Gloo from \(address) (\(interface ?? "")), on the way to \(name(meeting.host))"
        ))
      let cards = Device.available.count { $0.kind == .cuda }
      if cards > 0 {
        let reason = ProcessGroup.reasonWithoutNCCL.map { ", which cannot be used: \($0)" }
        findings.append(
          (
            "",
            "tensors on cards, of which each process takes one: by NCCL"
              + (reason.map { $0 + "; so by Gloo, through the computer's memory" } ?? "")
          ))
      }
      return findings
    }

    /// An address that nobody has, to ask which way leads out.
    ///
    /// - Source: RFC 5737, TEST-NET-1.
    private static let elsewhere = "192.0.2.1"

    private static func name(_ host: String) -> String {
      host == elsewhere ? "other machines" : host
    }

    /// The network interface that has an address.
    private static func interface(of address: String) -> String? {
      var first: UnsafeMutablePointer<ifaddrs>?
      guard getifaddrs(&first) == 0 else { return nil }
      defer { freeifaddrs(first) }
      var next = first
      while let interface = next {
        next = interface.pointee.ifa_next
        guard let socket = interface.pointee.ifa_addr else { continue }
        let family = Int32(socket.pointee.sa_family)
        guard family == AF_INET || family == AF_INET6 else { continue }
        let length =
          family == AF_INET ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        guard
          getnameinfo(
            socket, socklen_t(length), &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
        else { continue }
        let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        if String(decoding: bytes, as: UTF8.self) == address {
          return String(cString: interface.pointee.ifa_name)
        }
      }
      return nil
    }
  }
#endif

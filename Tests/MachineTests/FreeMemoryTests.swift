import Foundation
import Testing

@testable import Machine

@Suite struct `The memory that is free` {
  @Test func `is what a control group of version 2 leaves, its file cache included`() throws {
    let mount = try controlGroups([
      "pod/memory.max": "1000000\n", "pod/memory.current": "700000\n",
      "pod/memory.stat": "anon 500000\ninactive_file 200000\nactive_file 1\n",
      "pod/run/memory.max": "max\n", "pod/run/memory.current": "5\n",
    ])
    #expect(FreeMemory.least(9_000_000, groups: "0::/pod/run\n", mount: mount.url.path) == 500_000)
    #expect(FreeMemory.least(400_000, groups: "0::/pod/run\n", mount: mount.url.path) == 400_000)
    #expect(
      FreeMemory.least(9_000_000, groups: "0::/elsewhere\n", mount: mount.url.path) == 9_000_000)
  }

  @Test func `is what a control group of version 1 leaves`() throws {
    let mount = try controlGroups([
      "memory/docker/memory.limit_in_bytes": "2000000\n",
      "memory/docker/memory.usage_in_bytes": "1500000\n",
      "memory/docker/memory.stat": "cache 1\ntotal_inactive_file 100000\n",
      "memory/free/memory.limit_in_bytes": "9223372036854771712\n",
      "memory/free/memory.usage_in_bytes": "1500000\n",
    ])
    let groups = "4:memory:/docker\n3:cpu:/x\n"
    #expect(FreeMemory.least(9_000_000, groups: groups, mount: mount.url.path) == 600_000)
    #expect(
      FreeMemory.least(9_000_000, groups: "4:memory:/free\n", mount: mount.url.path) == 9_000_000)
  }

  @Test func `is what the process's own limits leave`() {
    let status = "VmSize:\t  3000 kB\nVmData:\t  400 kB\n"
    func left(_ space: String, _ data: String) -> Int? {
      FreeMemory.leftOfLimits(
        """
        Limit                     Soft Limit           Hard Limit           Units
        Max data size             \(data)            unlimited            bytes
        Max address space         \(space)            unlimited            bytes
        """, status: status)
    }
    #expect(left("4096000", "unlimited") == 4_096_000 - 3000 * 1024)
    #expect(left("4096000", "500000") == 500_000 - 400 * 1024)
    #expect(left("unlimited", "unlimited") == nil)
    #expect(FreeMemory.leftOfLimits("", status: "") == nil)
  }

  @Test(arguments: ["", "nonsense", "0::/\n", "0:", "3:memory:/none\n"])
  func `is not limited by what cannot be read`(groups: String) {
    #expect(FreeMemory.least(7, groups: groups, mount: "/nowhere") == 7)
  }

  @Test func `is read of what the system says`() {
    let text = "MemTotal:       24576000 kB\nMemAvailable:\t    1234 kB\n"
    #expect(FreeMemory.kilobytes("MemAvailable:", in: text) == 1234)
    #expect(FreeMemory.kilobytes("MemAvailable:", in: "MemAvailable:\n") == nil)
  }

  #if os(Linux)
    @Test func `falls by what a process takes, at its peak`() throws {
      let before = try #require(OwnMemory.bytes)
      let size = 64 << 20
      let peak = OwnMemory.peak {
        let room = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 4096)
        // Memory that is not written to is not taken.
        memset(room, 7, size)
        room.deallocate()
      }
      // Where the system does not let the peak be measured anew, nothing is said.
      if let peak { #expect(peak >= before + size / 2, "\(peak) after \(before)") }
      #expect((FreeMemory.bytes ?? 0) > 0)
    }
  #endif
}

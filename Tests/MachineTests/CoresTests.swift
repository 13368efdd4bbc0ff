import Foundation
import Testing

@testable import Machine

@Suite struct `The cores that may be used` {
  @Test func `are those that the process is bound to`() {
    #expect(Cores.usable(bound: 8, quota: nil) == 8)
    #expect(Cores.usable(bound: 8, quota: 64) == 8)
    #expect(Cores.usable >= 1)
    #expect(Cores.usable <= ProcessInfo.processInfo.processorCount)
  }

  @Test(arguments: [
    ("0-3,8", 5), ("0", 1), ("0-1", 2), ("", nil), ("a-b", nil), ("3-1", nil), ("0-1-2", nil),
  ])
  func `are counted in what Linux says of the process`(list: String, count: Int?) {
    let status = "Name:\trondo\nCpus_allowed:\tff\nCpus_allowed_list:\t\(list)\nThreads:\t1\n"
    #expect(Cores.allowed(in: status)?.count == count)
    #expect(Cores.allowed(in: "Name:\trondo\n") == nil)
    #expect(Cores.allowed(in: "Cpus_allowed_list:\t2-4,9\n") == [2, 3, 4, 9])
  }

  @Test(arguments: [(2.0, 2), (2.5, 3), (1.4, 1), (0.25, 1), (.infinity, 8)])
  func `are fewer under a limit`(quota: Double, cores: Int) {
    #expect(Cores.usable(bound: 8, quota: quota) == cores)
  }

  @Test func `follow the smallest limit on the way up`() throws {
    let mount = try controlGroups([
      "kubepods/cpu.max": "400000 100000\n", "kubepods/pod/cpu.max": "max 100000\n",
    ])
    #expect(CPUQuota.limit(groups: "0::/kubepods/pod\n", mount: mount.url.path) == 4)
    #expect(CPUQuota.limit(groups: "0::/elsewhere\n", mount: mount.url.path) == nil)
  }

  @Test func `follow the limits of control groups of version 1`() throws {
    let mount = try controlGroups([
      "cpu,cpuacct/docker/cpu.cfs_quota_us": "150000\n",
      "cpu,cpuacct/docker/cpu.cfs_period_us": "100000\n",
      "cpu,cpuacct/free/cpu.cfs_quota_us": "-1\n",
      "cpu,cpuacct/free/cpu.cfs_period_us": "100000\n",
    ])
    #expect(
      CPUQuota.limit(groups: "4:memory:/x\n3:cpu,cpuacct:/docker\n", mount: mount.url.path) == 1.5)
    #expect(CPUQuota.limit(groups: "3:cpu,cpuacct:/free\n", mount: mount.url.path) == nil)
  }

  @Test(arguments: ["", "nonsense", "0::/\n", "0:", "3:cpu:/none\n"])
  func `are not limited by what cannot be read`(groups: String) {
    #expect(CPUQuota.limit(groups: groups, mount: "/nowhere") == nil)
  }
}

import Testing

@testable import Torch

/// The variables are those that the launchers' documentation names.
@Suite("What a launcher says of a process")
struct LaunchedProcessTests {
  @Test("nothing: a process by itself")
  func alone() throws {
    #expect(try LaunchedProcess(environment: ["PATH": "/bin"]) == nil)
    // A shell within a job of Slurm's, without srun.
    #expect(try LaunchedProcess(environment: ["SLURM_PROCID": "0", "SLURM_NTASKS": "4"]) == nil)
  }

  @Test("torchrun's variables")
  func torchrun() throws {
    let process = try #require(
      try LaunchedProcess(environment: [
        "RANK": "5", "WORLD_SIZE": "8", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "4",
        "MASTER_ADDR": "node-0", "MASTER_PORT": "29400", "TORCHELASTIC_USE_AGENT_STORE": "True",
        "TORCHELASTIC_RESTART_COUNT": "2",
      ]))
    #expect((process.rank, process.size) == (5, 8))
    #expect((process.localRank, process.localSize) == (1, 4))
    #expect((process.host, process.port) == ("node-0", 29_400))
    #expect(!process.opensStore && process.restarts == 2)
  }

  @Test("Slurm's, which meet at the first host of the list")
  func slurm() throws {
    let process = try #require(
      try LaunchedProcess(environment: [
        "SLURM_PROCID": "3", "SLURM_NTASKS": "16", "SLURM_LOCALID": "3", "SLURM_STEP_ID": "0",
        "SLURM_STEP_NODELIST": "gpu[03-06,09]",
      ]))
    #expect((process.rank, process.size, process.host) == (3, 16, "gpu03"))
    #expect(process.port == 29_500 && process.opensStore)
  }

  @Test(
    "Slurm's processes of a machine, also where nobody asked for so many",
    arguments: [("0", 2), ("2", 2), ("3", 1), ("4", 1), ("x", 1)])
  func tasksOfNode(node: String, tasks: Int) throws {
    let process = try #require(
      try LaunchedProcess(environment: [
        "SLURM_PROCID": "1", "SLURM_NTASKS": "7", "SLURM_LOCALID": "1", "SLURM_STEP_ID": "0",
        "SLURM_STEP_NODELIST": "gpu[03-06]", "SLURM_STEP_TASKS_PER_NODE": "2(x3),1", "SLURM_NODEID": node,
      ]))
    #expect(process.localSize == tasks)
  }

  /// `salloc` opens a shell with the variables of the job, of which the step's own say that it is one task.
  @Test("Slurm's interactive shell, and steps of fewer tasks than the job")
  func stepOfJob() throws {
    let job = ["SLURM_PROCID": "0", "SLURM_NTASKS": "16", "SLURM_NTASKS_PER_NODE": "8", "SLURM_NODEID": "0"]
    let shell = try #require(
      try LaunchedProcess(
        environment: job.merging(["SLURM_STEP_ID": "4294967290", "SLURM_STEP_NUM_TASKS": "1"]) { $1 }
          .merging(["SLURM_STEP_TASKS_PER_NODE": "1"]) { $1 }))
    #expect((shell.size, shell.localSize) == (1, 1))
    let step = try #require(
      try LaunchedProcess(
        environment: job.merging(["SLURM_STEP_ID": "1", "SLURM_STEP_NUM_TASKS": "2"]) { $1 }
          .merging(["SLURM_STEP_TASKS_PER_NODE": "2"]) { $1 }))
    #expect((step.size, step.localSize) == (2, 2))
  }

  @Test(
    "the first host of a list",
    arguments: [
      ("gpu[03-06,09]", "gpu03"), ("a1,b2", "a1"), ("login", "login"), ("x,gpu[1-2]", "x"),
    ])
  func firstHost(list: String, host: String) {
    #expect(LaunchedProcess.firstHost(in: list) == host)
  }

  @Test("MPI's, on one machine without an address")
  func mpi() throws {
    let process = try #require(
      try LaunchedProcess(environment: [
        "OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "2",
        "OMPI_COMM_WORLD_LOCAL_RANK": "1", "OMPI_COMM_WORLD_LOCAL_SIZE": "2",
      ]))
    #expect((process.rank, process.size, process.host) == (1, 2, "127.0.0.1"))
  }

  @Test(
    "numbers that do not fit are refused",
    arguments: [
      ["RANK": "0"], ["WORLD_SIZE": "2"], ["RANK": "2", "WORLD_SIZE": "2", "MASTER_ADDR": "a"],
      ["RANK": "-1", "WORLD_SIZE": "2"], ["RANK": "one", "WORLD_SIZE": "2"],
      ["RANK": "0", "WORLD_SIZE": "0"], ["RANK": "0", "WORLD_SIZE": "2"],
      ["RANK": "0", "WORLD_SIZE": "2", "MASTER_ADDR": "a", "MASTER_PORT": "70000"],
    ])
  func refused(environment: [String: String]) {
    #expect(throws: LaunchError.self) { try LaunchedProcess(environment: environment) }
  }
}

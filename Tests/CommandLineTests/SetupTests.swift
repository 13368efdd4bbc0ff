import Foundation
import TestSupport
import Testing

/// `Scripts/setup`, run in a folder of its own on a machine that lacks something.
@Suite struct `Setting up` {
  private let directory = TemporaryDirectory()
  private let tools = TemporaryDirectory()

  /// Which tools there are beside the default small ones: a script each, or nil for the machine's own.
  private func prepare(_ scripts: [String: String?]) throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let folder = directory.url("Scripts")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      at: root.appendingPathComponent("Scripts/setup"), to: folder.appendingPathComponent("setup"))
    var usual: [String: String?] = [:]
    for name in ["bash", "dirname", "grep", "uname", "cat", "rm", "mkdir", "chmod", "env"] {
      usual[name] = .some(nil)
    }
    for (name, script) in usual.merging(scripts, uniquingKeysWith: { $1 }) {
      if let script {
        try tools.write("#!/bin/bash\n\(script)\n", name)
        chmod(tools.url(name).path, 0o755)
      } else {
        let own = ["/bin/", "/usr/bin/"].map { $0 + name }
          .first { FileManager.default.isExecutableFile(atPath: $0) }
        try FileManager.default.createSymbolicLink(
          atPath: tools.url(name).path, withDestinationPath: try #require(own))
      }
    }
  }

  private func setUp(
    _ environment: [String: String], _ words: String...
  ) throws -> Program.Result {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = [directory.url("Scripts/setup").path] + words
    process.environment = [
      "PATH": tools.url.path, "DIGEST_HEADER": Self.here, "JPEG_HEADER": Self.here,
      "PNG_HEADER": Self.here,
      "WEBP_HEADER": Self.here, "TIFF_HEADER": Self.here, "GIF_HEADER": Self.here,
      "YAJL_HEADER": Self.here,
    ].merging(environment) { $1 }
    return try Running(starting: process).result()
  }

  /// A machine: its tools, its environment, and what must be said.
  struct Machine: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var tools: [String: String?] = [:]
    var environment: [String: String] = [:]
    let messages: [String]
  }

  private static let swift = ["swift": "exit 0"]
  private static let root = ["id": "echo 0"]
  private static let here = FileManager.default.temporaryDirectory.path
  private static let nowhere = "/nowhere/at/all"

  static let lacking: [Machine] = [
    Machine(testDescription: "no Swift", messages: ["there is no Swift here", "swift.org"]),
    Machine(
      testDescription: "not Debian", tools: swift,
      environment: ["DEFLATE_HEADER": nowhere, "DEBIAN_MARK": nowhere],
      messages: ["this is not Debian", "libdeflate-dev"]),
    Machine(
      testDescription: "no root",
      tools: swift.merging(["id": "echo 1000", "apt-get": "exit 0"]) { $1 },
      environment: ["DEFLATE_HEADER": nowhere, "DEBIAN_MARK": here],
      messages: ["that needs root", "sudo apt-get install libdeflate-dev"]),
    Machine(
      testDescription: "no network for Debian's packages",
      tools: swift.merging(root) { $1 }.merging(["apt-get": "exit 100"]) { $1 },
      environment: ["DEFLATE_HEADER": nowhere, "DEBIAN_MARK": here],
      messages: ["apt-get failed (is there a network?)", "libdeflate-dev"]),
    Machine(
      testDescription: "no libjpeg-turbo", tools: swift,
      environment: ["DEFLATE_HEADER": here, "JPEG_HEADER": nowhere, "DEBIAN_MARK": nowhere],
      messages: [
        "libjpeg-turbo is missing", "libjpeg62-turbo-dev   (on a Mac: brew install jpeg-turbo)",
      ]),
    Machine(
      testDescription: "no libpng", tools: swift,
      environment: ["DEFLATE_HEADER": here, "PNG_HEADER": nowhere, "DEBIAN_MARK": nowhere],
      messages: ["libpng is missing", "sudo apt-get install libpng-dev"]),
    Machine(
      testDescription: "no libwebp", tools: swift,
      environment: ["DEFLATE_HEADER": here, "WEBP_HEADER": nowhere, "DEBIAN_MARK": nowhere],
      messages: ["libwebp is missing", "libwebp-dev   (on a Mac: brew install webp)"]),
    Machine(
      testDescription: "no libtiff", tools: swift,
      environment: ["DEFLATE_HEADER": here, "TIFF_HEADER": nowhere, "DEBIAN_MARK": nowhere],
      messages: ["libtiff is missing", "libtiff-dev   (on a Mac: brew install libtiff)"]),
    Machine(
      testDescription: "no giflib", tools: swift,
      environment: ["DEFLATE_HEADER": here, "GIF_HEADER": nowhere, "DEBIAN_MARK": nowhere],
      messages: ["giflib is missing", "libgif-dev   (on a Mac: brew install giflib)"]),
    Machine(
      testDescription: "no YAJL", tools: swift,
      environment: ["DEFLATE_HEADER": here, "YAJL_HEADER": nowhere, "DEBIAN_MARK": nowhere],
      messages: ["YAJL is missing", "sudo apt-get install libyajl-dev"]),
    Machine(
      testDescription: "no Python", tools: swift, environment: ["DEFLATE_HEADER": here],
      messages: ["there is no Python 3", "sudo apt-get install python3"]),
    Machine(
      testDescription: "no venv", tools: swift.merging(["python3": "exit 1"]) { $1 },
      environment: ["DEFLATE_HEADER": here, "DEBIAN_MARK": nowhere],
      messages: ["cannot make a virtual environment: this is not Debian", "python3-venv"]),
    Machine(
      testDescription: "no network for PyTorch",
      tools: swift.merging([
        "python3": """
        [ "$1" = -m ] || exit 1
        mkdir -p .venv/bin; printf '#!/bin/bash\\nexit 1\\n' >.venv/bin/pip; chmod +x .venv/bin/pip
        """
      ]) { $1 },
      environment: ["DEFLATE_HEADER": here],
      messages: [
        "PyTorch 2.13.0 could not be installed (is there a network", ".venv/bin/pip install",
      ]),
    Machine(
      testDescription: "a LIBTORCH that is none", tools: swift,
      environment: ["DEFLATE_HEADER": here, "LIBTORCH": nowhere],
      messages: ["LIBTORCH is \(nowhere)", "unset LIBTORCH"]),
  ]

  @Test(arguments: lacking) func `says what it cannot do, and what mends it`(
    machine: Machine
  ) throws {
    try prepare(machine.tools)
    let result = try setUp(machine.environment)
    #expect(result.status == 2, "\(result.messages)")
    for messages in machine.messages {
      #expect(result.messages.contains(messages), "\(result.messages)")
    }
    #expect(result.messages.contains("mend it with:"))
  }

  private func libTorch(_ name: String = "torch") throws -> String {
    for folder in ["\(name)/lib", "\(name)/include/ATen"] {
      try FileManager.default.createDirectory(
        at: directory.url(folder), withIntermediateDirectories: true)
    }
    try directory.write("", "\(name)/include/ATen/ATen.h")
    return directory.url(name).path
  }

  @Test func `takes the LibTorch that LIBTORCH names`() throws {
    try prepare(Self.swift)
    let torch = try libTorch()
    let result = try setUp(["DEFLATE_HEADER": Self.here, "FASHION": Self.here, "LIBTORCH": torch])
    #expect(result.status == 0, "\(result.messages)")
    #expect(try String(contentsOf: directory.url(".libtorch"), encoding: .utf8) == torch + "\n")
  }

  @Test func `takes the PyTorch that Python has`() throws {
    let torch = try libTorch()
    try prepare(Self.swift.merging(["python3": "echo \(torch)"]) { $1 })
    let result = try setUp(["DEFLATE_HEADER": Self.here, "FASHION": Self.here])
    #expect(result.status == 0, "\(result.messages)")
    #expect(result.messages == "")
    #expect(try String(contentsOf: directory.url(".libtorch"), encoding: .utf8) == torch + "\n")
  }

  @Test func `does not continue with a PyTorch that another package has replaced`() throws {
    let torch = try libTorch()
    try directory.write("__version__ = '2.15.0+cpu'\n", "torch/version.py")
    try directory.write(torch + "\n", ".libtorch")
    let right = try libTorch("right")
    try prepare(Self.swift.merging(["python3": "echo \(right)"]) { $1 })
    let result = try setUp(["DEFLATE_HEADER": Self.here, "FASHION": Self.here])
    #expect(result.status == 0, "\(result.messages)")
    #expect(try String(contentsOf: directory.url(".libtorch"), encoding: .utf8) == right + "\n")
  }

  @Test func `with a card takes the PyTorch that can use it`() throws {
    let plain = try libTorch()
    let right = try libTorch("cuda")
    try directory.write("", "cuda/lib/libtorch_cuda.so")
    try directory.write(plain + "\n", ".libtorch")
    try FileManager.default.createDirectory(
      at: directory.url(".venv/bin"), withIntermediateDirectories: true)
    try directory.write("#!/bin/bash\necho \(right)\n", ".venv/bin/python")
    chmod(directory.url(".venv/bin/python").path, 0o755)
    try prepare(Self.swift.merging(["python3": "echo \(plain)"]) { $1 })
    let result = try setUp([
      "DEFLATE_HEADER": Self.here, "FASHION": Self.here, "CARD_MARK": Self.here,
    ])
    #expect(result.status == 0, "\(result.messages)")
    #expect(result.messages == "")
    #expect(try String(contentsOf: directory.url(".libtorch"), encoding: .utf8) == right + "\n")
  }

  @Test(arguments: [true, false]) func `says where a card is here and not used`(hasCard: Bool)
    throws
  {
    let plain = try libTorch()
    try FileManager.default.createDirectory(
      at: directory.url(".venv/bin"), withIntermediateDirectories: true)
    try directory.write("#!/bin/bash\necho \(plain)\n", ".venv/bin/python")
    chmod(directory.url(".venv/bin/python").path, 0o755)
    try prepare(Self.swift.merging(["python3": "exit 1"]) { $1 })
    let result = try setUp([
      "DEFLATE_HEADER": Self.here, "FASHION": Self.here,
      "CARD_MARK": hasCard ? Self.here : Self.nowhere,
    ])
    #expect(result.status == 0, "\(result.messages)")
    #expect(result.messages.contains("an NVIDIA card is here") == hasCard, "\(result.messages)")
    #expect(try String(contentsOf: directory.url(".libtorch"), encoding: .utf8) == plain + "\n")
  }

  @Test func `without Fashion-MNIST continues, and says so`() throws {
    try prepare(Self.swift)
    let result = try setUp([
      "DEFLATE_HEADER": Self.here, "FASHION": Self.nowhere, "DEBIAN_MARK": Self.nowhere,
      "LIBTORCH": try libTorch(),
    ])
    #expect(result.status == 0)
    #expect(result.messages.contains("rondo trains on shapes then"), "\(result.messages)")
  }

  @Test func `gets what packs a wheel only where one is asked for`() throws {
    try prepare(Self.swift.merging(["patchelf": "exit 0"]) { $1 })
    let machine = [
      "DEFLATE_HEADER": Self.here, "FASHION": Self.here, "DEBIAN_MARK": Self.nowhere,
      "LIBTORCH": try libTorch(),
    ]
    #expect(try setUp(machine).status == 0)
    let result = try setUp(machine, "wheel")
    #expect(result.status == 2)
    #expect(
      result.messages.contains("advzip is missing and cannot be installed: this is not Debian"),
      "\(result.messages)")
    #expect(result.messages.contains("sudo apt-get install advancecomp"))
  }
}

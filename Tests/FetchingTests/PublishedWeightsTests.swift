import Datasets
import Files
import Foundation
import TestSupport
import Testing

@testable import Fetching

/// What torchvision and timm say of a file of weights.
private struct Row: Decodable {
  let name: String
  let model: String
  let `default`: Bool?
  let url: String
  let mebibytes: Double?
  let classes: Int
  let data: String?
  let score: Double?
  let mean: [Double]
  let deviation: [Double]
  let size: Int
  let resize: Int
  let interpolation: String
  let license: String

  static let all: [String: Row] = {
    let file = Bundle.module.url(forResource: "Fixtures/weights", withExtension: "json")
    let rows = file.flatMap { try? JSONDecoder().decode([Row].self, from: Data(contentsOf: $0)) }
    return Dictionary((rows ?? []).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }()
}

@Suite struct `The table of weights` {
  @Test(arguments: PublishedWeights.catalog.entries.map(\.name))
  func `says what torchvision and timm say`(name: String) throws {
    let row = try #require(Row.all[name])
    let weights = try #require(PublishedWeights.catalog[name])
    #expect((weights.model, weights.url) == (row.model, row.url))
    #expect((weights.classes, weights.license) == (row.classes, row.license))
    #expect(weights.size == row.mebibytes.map { .mebibytes($0) })
    #expect(weights.score == row.score)
    let seen = weights.preprocessing
    #expect(seen.mean == row.mean && seen.deviation == row.deviation)
    #expect((seen.width, seen.height, seen.shortSide) == (row.size, row.size, row.resize))
    #expect(seen.interpolation.rawValue == row.interpolation)
    if let isDefault = row.default {
      let short = String(name.prefix { $0 != "." })
      #expect((PublishedWeights.catalog[short]?.name == name) == isDefault)
    }
    switch row.data {
    case "ImageNet-1K": #expect(weights.data == .imagenet)
    case let data?: #expect(weights.data == .coco && data.hasPrefix("COCO"))
    case nil: #expect((weights.data == .imagenet) == (row.classes == 1_000))
    }
  }

  /// torchvision's own rule: eight digits of the sum are the end of the file's name.
  @Test func `has no sum but those that torchvision's files are named by`() throws {
    for weights in PublishedWeights.catalog.entries {
      guard weights.name.hasPrefix("torchvision/") else {
        #expect(weights.checksum == nil, "a sum must come from where it can be read again")
        continue
      }
      let digits = try #require(weights.checksum?.digits)
      #expect(digits.count == 8 && digits.allSatisfy(\.isHexDigit))
      #expect(weights.url.hasSuffix("-\(digits).pth"))
    }
  }

  @Test func `lists the best known of a model first`() throws {
    for (model, entries) in Dictionary(grouping: PublishedWeights.catalog.entries, by: \.model) {
      let scores = entries.compactMap(\.score)
      #expect(scores.max() == scores.first, "\(model)")
    }
  }

  @Test func `puts each file at a place of its own`() {
    let places = PublishedWeights.catalog.entries.map(\.place)
    #expect(Set(places).count == places.count)
    #expect(places.contains("weights/torchvision/resnet50-11ad3fa6.pth"))
    #expect(places.contains("weights/timm/resnet50.a1_in1k.safetensors"))
  }
}

@Suite struct `A name of weights` {
  private func name(_ word: String, for model: String, on base: String? = nil) throws -> String? {
    try PublishedWeights.named(word, for: model, on: base)?.name
  }

  @Test func `may be what they were trained on, a publisher's, or one in another spelling`() throws {
    let best = "torchvision/resnet50.imagenet1k_v2"
    for word in [
      "imagenet", "ImageNet", "torchvision/resnet50", best, "Torchvision/ResNet50.IMAGENET1K_V2",
    ] {
      #expect(try name(word, for: "resnet-50") == best)
    }
    #expect(try name("timm/resnet50.a1_in1k", for: "resnet-50") == "timm/resnet50.a1_in1k")
    #expect(
      try name("imagenet", for: "unet-resnet-50", on: "resnet-50") == best,
      "of what a segmenter stands on")
    #expect(
      try name("coco", for: "fcos-resnet-50", on: "resnet-50")
        == "torchvision/fcos_resnet50_fpn.coco_v1")
    #expect(
      try name("imagenet", for: "fcos-resnet-50", on: "resnet-50") == best)
  }

  @Test func `is a file's where it looks like one`() throws {
    for word in ["resnet50.pth", "./imagenet", "runs/a/update.safetensors", "/tmp/x"] {
      #expect(try name(word, for: "resnet-50") == nil)
    }
  }

  @Test(arguments: [
    ("imagnet", "did you mean 'imagenet'?"),
    ("timm/resnet50.a1_in2k", "did you mean 'timm/resnet50.a1_in1k'?"),
    ("torchvision/resnet5", "did you mean 'torchvision/resnet50'?"),
    ("timm/maxvit", "no weights named 'timm/maxvit'. 'rondo weights list' lists the names"),
  ])
  func `that is none names the nearest`(word: String, words: String) {
    #expect {
      try name(word, for: "resnet-50")
    } throws: {
      "\($0)".contains(words)
    }
  }

  @Test func `of another model's weights says whose they are, and which fit`() {
    #expect {
      try name("torchvision/resnet18", for: "resnet-34")
    } throws: {
      "\($0)"
        == "torchvision/resnet18.imagenet1k_v1 are weights of resnet-18, not of resnet-34: use --model resnet-18, "
        + "or --weights torchvision/resnet34.imagenet1k_v1, timm/resnet34.a1_in1k."
    }
    // A classifier of another family, whose name ends the same.
    #expect(throws: UnknownWeights.self) { try name("imagenet", for: "preact-resnet-18") }
    #expect {
      try name("coco", for: "resnet-50")
    } throws: {
      "\($0)".contains("There are no weights from COCO for resnet-50, only torchvision/resnet50.")
    }
    #expect {
      try name("imagenet", for: "resnet-11")
    } throws: {
      "\($0)".contains(
        "no weights by name for resnet-11: use a model that has some from ImageNet (resnet-18, ")
    }
  }
}

@Suite struct `The cache of weights` {
  private let directory = TemporaryDirectory()
  private var place: URL { directory.url }
  private var mirror: URL { place.appendingPathComponent("mirror") }
  private var cache: WeightsCache {
    WeightsCache(in: place.appendingPathComponent("cache").path, mirror: mirror.path)
  }

  /// `abc`, whose sum is the standard's own example.
  private func weights(_ checksum: Checksum?, size: PublishedSize? = nil) -> PublishedWeights {
    PublishedWeights(
      name: "torchvision/abc", aliases: [], model: "resnet-18", url: "http://127.0.0.1:9/abc.pth",
      checksum: checksum, size: size, license: "", data: .imagenet, classes: 1, score: nil,
      preprocessing: Preprocessing(size: 1, resize: 1, .imagenet))
  }

  private func offer(_ text: String) throws {
    try directory.write(text, "mirror/weights/torchvision/abc.pth")
  }

  @Test func `takes a file from a mirror once, and compares it`() throws {
    try offer("abc")
    let known = weights(.sha256("ba7816bf"), size: .bytes(3))
    var fetches = 0
    for _ in 0..<2 {
      let path = try cache.locate(known, onFetch: { _ in fetches += 1 })
      #expect(path == cache.folder + "/weights/torchvision/abc.pth")
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "abc")
    }
    #expect(fetches == 1)
    #expect(cache.record(of: known)?.bytes == 3)
    let (verdict, sum) = try cache.verify(known)
    #expect(verdict == .sameBeginning(digits: 8))
    #expect(sum == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(try cache.verify(weights(.sha256(sum))).verdict == .same)
    #expect(try cache.verify(weights(nil)).verdict == .asServed)
  }

  @Test func `does not take another file from a mirror`() throws {
    try offer("abd")
    for other in [weights(.sha256("ba7816bf")), weights(nil, size: .bytes(4))] {
      #expect(throws: FetchError.self) { try cache.locate(other) }
      #expect(!cache.has(other))
    }
    // Where nothing is published to compare with, that is said.
    _ = try cache.locate(weights(nil))
    #expect(try cache.verify(weights(nil)).verdict == .unverified)
  }

  @Test func `refuses a file that has been cut off since`() throws {
    try offer("abc")
    let known = weights(.sha256("ba7816bf"))
    let path = try cache.locate(known)
    try Data("ab".utf8).write(to: URL(fileURLWithPath: path))
    #expect(throws: FetchError.otherSize(path: path, expected: 3, found: 2)) {
      try cache.locate(known)
    }
    #expect(throws: FetchError.otherSize(path: path, expected: 3, found: 2)) {
      try cache.verify(known)
    }
    try Data("abd".utf8).write(to: URL(fileURLWithPath: path))
    #expect {
      try cache.verify(known)
    } throws: {
      "\($0)".contains("its SHA-256 sum is a52d159f")
        && "\($0)".contains("should begin with ba7816bf; move it away")
    }
  }

  @Test func `compares a file that was put there by hand before its first use`() throws {
    let known = weights(.sha256("ba7816bf"))
    let path = URL(fileURLWithPath: cache.path(of: known))
    try FileManager.default.createDirectory(
      at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data("abd".utf8).write(to: path)
    #expect(throws: FetchError.self) { try cache.locate(known) }
    #expect(try String(contentsOf: path, encoding: .utf8) == "abd", "it is the user's")
    try Data("abc".utf8).write(to: path)
    #expect(try cache.locate(known) == path.path)
    #expect(cache.record(of: known)?.compared == true)
  }

  @Test func `without a network says which file to put where`() throws {
    let known = weights(.sha256("ba7816bf"))
    let alone = WeightsCache(in: place.path)
    var fetcher = Fetcher()
    fetcher.pause = 0
    #expect {
      try alone.locate(known, by: fetcher)
    } throws: { error in
      #if NETWORK
        "\(error)".contains("http://127.0.0.1:9/abc.pth cannot be reached (")
          && "\(error)".hasSuffix("or put the file at \(place.path)/weights/torchvision/abc.pth.")
      #else
        "\(error)".hasSuffix("put the file at \(place.path)/weights/torchvision/abc.pth.")
      #endif
    }
  }

  @Test func `lies where the user's caches lie`() {
    #expect(CacheFolder.path(["RONDO_CACHE": "mine", "XDG_CACHE_HOME": "/c"]) == "mine")
    #expect(CacheFolder.path(["XDG_CACHE_HOME": "/c", "HOME": "/h"]) == "/c/rondo")
    #expect(
      CacheFolder.path(["XDG_CACHE_HOME": "c", "HOME": "/h"]) == "/h/.cache/rondo", "as XDG has it"
    )
    #expect(CacheFolder.path(["RONDO_CACHE": "", "HOME": "/h"]) == "/h/.cache/rondo")
  }
}

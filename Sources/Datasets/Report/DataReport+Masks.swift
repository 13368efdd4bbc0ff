import Masks
import Numbers
import Synchronization

extension DataReport {
  /// Pixels below which an instance is tiny.
  private static let tinyInstance = 10

  /// What a mask file has in it.
  private struct MaskContent: Sendable {
    /// The numbers or colors in it; of instances their sizes in pixels.
    var values: [Int] = []
    var isColored = false
  }

  /// Checks masks: empty ones, values that few files have, tiny instances.
  static func masks(_ context: Context) -> [Finding] {
    let contents = contents(context)
    let isInstance = context.source.splits.first?.masks?.isInstance ?? false
    func foreground(_ position: Int) -> Set<Int> { context.classes(position).subtracting([0]) }
    let known = context.images.indices.filter { !context.classes($0).isEmpty }
    var findings = [
      context.finding(
        "empty_masks", "masks of nothing but \(context.classNames.first ?? "background")",
        "they are trained on as such: check whether objects were missed",
        known.filter { foreground($0).isEmpty }.map { ($0, nil, "") }),
      context.finding(
        "full_masks", "masks without a pixel of \(context.classNames.first ?? "background")",
        "check whether they are inverted",
        known.filter { !context.classes($0).contains(0) }.map { position in
          (
            position, nil,
            foreground(position).sorted().map { context.classNames[$0] }.joined(separator: ", ")
          )
        }),
    ]
    if isInstance {
      let tiny = contents.enumerated().compactMap { position, content in
        let count = content.values.count { $0 < tinyInstance }
        return count > 0 ? (position: position, box: Int?.none, count: count) : nil
      }
      var finding = context.finding(
        "tiny_instances", "instances of fewer than \(tinyInstance) pixels",
        "they are most likely fragments of others: remove them",
        tiny.map { ($0.position, $0.box, "\($0.count) in this mask") })
      finding.count = tiny.reduce(0) { $0 + $1.count }
      findings.append(finding)
    } else {
      var files: [Int: [Int]] = [:]
      for (position, content) in contents.enumerated() {
        for value in content.values { files[value, default: []].append(position) }
      }
      let few = max(1, context.images.count / 100)
      let rare = files.filter { $0.value.count <= few && $0.value.count * 2 < context.images.count }
        .sorted { ($0.value.count, $0.key) < ($1.value.count, $1.key) }
      findings.append(
        Finding(
          check: "rare_values", title: "values that hardly any mask has", count: rare.count,
          advice:
            "in \(few == 1 ? "one file" : "at most \(few) files") each: stray pixels, or a class with "
            + "hardly an image",
          examples: rare.prefix(maximumExamples).map { value, positions in
            let isColored = contents[positions[0]].isColored
            let color = "\(value >> 16) \(value >> 8 & 255) \(value & 255)"
            return Example(
              images: [context.named(positions[0])],
              text: (isColored ? "color \(color)" : "value \(value)")
                + " in \(positions.count) of \(context.images.count) masks")
          }))
    }
    return findings
  }

  /// Reads every mask file's numbers, on all cores.
  private static func contents(_ context: Context) -> [MaskContent] {
    let found = Mutex([MaskContent](repeating: MaskContent(), count: context.images.count))
    onAllCores(context.images.count, makeWorker: { ImageDecoder() }) { decoder, position in
      let (split, image) = context.images[position]
      guard let set = context.source.splits[split].masks, let file = set.maskFile(of: image.index),
        let mask = try? decoder.mask(of: file)
      else { return }
      let counts = mask.counts
      let content = MaskContent(
        values: set.isInstance ? counts.filter { $0.key != 0 }.map(\.value) : Array(counts.keys),
        isColored: mask.channels == 3)
      found.withLock { $0[position] = content }
    }
    return found.withLock { $0 }
  }
}

import Masks
import Randomness
import Testing

/// Discs that touch and overlap, a later one over an earlier one.
private func discs(size: Int, count: Int, seed: UInt64) -> LabelMap {
  var stream = RandomStream(seed: seed, for: .shapes)
  var map = LabelMap(width: size, height: size)
  for number in 1...count {
    let (x, y) = (
      Int.random(in: 0..<size, using: &stream), Int.random(in: 0..<size, using: &stream)
    )
    let radius = Int.random(in: 3...8, using: &stream)
    for row in max(0, y - radius)..<min(size, y + radius + 1) {
      for column in max(0, x - radius)..<min(size, x + radius + 1)
      where (row - y) * (row - y) + (column - x) * (column - x) <= radius * radius {
        map[column, row] = UInt16(number)
      }
    }
  }
  return map
}

/// The overlap of each true instance with the one that covers most of it.
private func overlaps(_ truth: LabelMap, _ found: LabelMap) -> [Double] {
  truth.boxes().map { box in
    let inside = truth.labels.indices.filter { truth.labels[$0] == box.label }
    let counts = Dictionary(grouping: inside) { found.labels[$0] }.mapValues(\.count)
    guard let best = counts.filter({ $0.key != 0 }).max(by: { $0.value < $1.value }) else {
      return 0
    }
    let area = found.labels.count { $0 == best.key }
    return Double(best.value) / Double(box.area + area - best.value)
  }
}

@Suite struct `The three classes of instances` {
  @Test func `have a border along each instance's outline, within it`() {
    let target = BorderTarget(width: 1)
    // The instance at the right is two pixels wide, and so nowhere farther from its outline than one.
    #expect(
      target.classes(of: map(".......", ".11122.", ".11122.", ".11122.", "......."))
        == map(".......", ".22211.", ".21211.", ".22211.", "......."))
  }

  @Test func `leave an inside to the smallest instance`() {
    let target = BorderTarget(width: 3)
    #expect(target.classes(of: map("...", ".1.", "...")) == map("...", ".1.", "..."))
    #expect(
      target.classes(of: map(".....", ".111.", ".111.", ".111.", "....."))
        == map(".....", ".222.", ".212.", ".222.", "....."))
  }

  @Test func `know no border at the image's edge, nor beside what is ignored`() {
    let target = BorderTarget(width: 1)
    #expect(target.classes(of: map("111", "111", "111")) == map("111", "111", "111"))
    #expect(target.classes(of: map("111?", "111?", "111?")) == map("111?", "111?", "111?"))
    #expect(target.classes(of: map("11..")) == map("12.."))
  }

  @Test func `are exactly the foreground together`() {
    let instances = discs(size: 64, count: 20, seed: 3)
    let classes = BorderTarget().classes(of: instances)
    #expect(classes.foreground == instances.foreground)
  }

  @Test func `give the instances back`() {
    for seed in 1...5 {
      let truth = discs(size: 96, count: 25, seed: UInt64(seed))
        .connectedComponents(.four).map.withoutSmall(below: 12).map
      let classes = BorderTarget().classes(of: truth)
      let found = BorderTarget.instances(of: classes)
      let overlaps = overlaps(truth, found)
      #expect(overlaps.count { $0 > 0.5 } >= overlaps.count - 2, "\(overlaps)")
      let inside = classes.labels.map { Float($0 == BorderTarget.inside ? 1 : 0) }
      let border = classes.labels.map { Float($0 == BorderTarget.border ? 1 : 0) }
      let made = inside.withUnsafeBufferPointer { inside in
        border.withUnsafeBufferPointer { border in
          InstanceExtractor(smallestSeed: 1, smallest: 1)
            .instances(inside: inside, border: border, width: 96, height: 96)
        }
      }
      #expect(made.foreground == truth.foreground)
      #expect(made.boxes().map(\.area).sorted() == found.boxes().map(\.area).sorted())
    }
  }

  @Test func `keep the exact distances that they are made from`() throws {
    let cases = try MaskFixtures.read().depths
    #expect(cases.count == 4)
    for known in cases {
      let instances = LabelMap(width: known.width, height: known.height, labels: known.labels)
      for width in [1.0, 1.5, 2, 3] {
        let classes = BorderTarget(width: width).classes(of: instances)
        var deepest: [UInt16: Int32] = [:]
        for (label, depth) in zip(known.labels, known.depths) {
          deepest[label] = max(deepest[label] ?? 0, depth)
        }
        for (position, label) in known.labels.enumerated() where label != 0 {
          let limit = min(width * width, Double(deepest[label] ?? 0) / 4)
          #expect(classes.labels[position] == (Double(known.depths[position]) <= limit ? 2 : 1))
        }
      }
    }
  }
}

@Suite struct `The weights of borders` {
  @Test func `are U-Net's equation, by SciPy's distances`() throws {
    for known in try MaskFixtures.read().depths {
      let instances = LabelMap(width: known.width, height: known.height, labels: known.labels)
      var weights = [Float](repeating: -1, count: known.labels.count)
      weights.withUnsafeMutableBufferPointer {
        BorderWeights(classWeights: [1, 2]).write(
          instances: instances, classes: instances.foreground, to: $0)
      }
      let differences = zip(weights, known.weights).map { abs($0 - $1) }
      #expect(differences.max() ?? 1 < 1e-5)
    }
  }

  @Test func `are 0 where the class is ignored, and the class's alone of one instance`() {
    let instances = map("1..?")
    var weights = [Float](repeating: -1, count: 4)
    weights.withUnsafeMutableBufferPointer {
      BorderWeights(classWeights: [0.5, 3]).write(
        instances: instances, classes: instances.foreground, to: $0)
    }
    #expect(weights == [3, 0.5, 0.5, 0])
  }
}

@Suite struct `Making instances of probabilities` {
  /// Two discs that touch, the border between them.
  private func made(_ inside: [Float], _ border: [Float], _ making: InstanceExtractor) -> [UInt16] {
    inside.withUnsafeBufferPointer { inside in
      border.withUnsafeBufferPointer { border in
        making.instances(inside: inside, border: border, width: inside.count, height: 1).labels
      }
    }
  }

  @Test func `parts what touches at the border`() {
    let making = InstanceExtractor(smallestSeed: 1, smallest: 1)
    #expect(
      made([0.9, 0.8, 0.3, 0.2, 0.9, 0], [0, 0.1, 0.6, 0.7, 0.1, 0.1], making) == [
        1, 1, 1, 2, 2, 0,
      ])
  }

  @Test func `keeps a foreground without a seed, and leaves out what is small or NaN`() {
    let making = InstanceExtractor(smallestSeed: 1, smallest: 2)
    #expect(
      made([0.3, 0.3, 0, .nan, 0.9, 0], [0.4, 0.4, 0, 0.9, 0, 0.2], making) == [1, 1, 0, 0, 0, 0])
  }
}

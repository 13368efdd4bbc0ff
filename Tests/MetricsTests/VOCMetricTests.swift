import Boxes
import Metrics
import Testing

@Suite struct `VOC's average precision` {
  @Test func `is the development kits', as worked out with NumPy`() throws {
    for known in try FixtureCase.all() {
      var metric = VOCMetric(classes: known.categories.count)
      for image in known.evaluated { metric.add(image) }
      #expect(agree(metric.summary(.voc2007).perClass, known.voc2007), "\(known.kind)")
      #expect(agree(metric.summary(.voc2010).perClass, known.voc2010), "\(known.kind)")
      let having = known.voc2010.filter { $0 > -1 }
      let mean = having.isEmpty ? -1 : having.reduce(0, +) / Double(having.count)
      #expect(abs(metric.summary(.voc2010).mean - mean) < 1e-12)
    }
  }

  /// Objects in a row, ten pixels wide; each sign is a detection, by falling score: `+` finds the next
  /// object, `=` the last one again, `-` nothing.
  private func summary(
    _ detections: String, objects: Int, difficult: Set<Int> = []
  ) -> (voc2007: Double, voc2010: Double) {
    let boxes = (0..<objects).map { Box(x: Double($0) * 20, y: 0, width: 9, height: 9) }
    var next = 0
    var found: [DetectedBox] = []
    for (rank, sign) in detections.enumerated() {
      if sign == "+" { next += 1 }
      let box = sign == "-" ? Box(x: 0, y: 500, width: 9, height: 9) : boxes[next - 1]
      found.append(DetectedBox(box, label: 0, score: -Double(rank)))
    }
    var metric = VOCMetric(classes: 1)
    metric.add(
      EvaluatedImage(
        image: 0,
        truth: boxes.enumerated().map {
          AnnotatedBox($1, label: 0, isDifficult: difficult.contains($0))
        }, detections: found))
    return (metric.summary(.voc2007).mean, metric.summary(.voc2010).mean)
  }

  @Test func `is as worked by hand`() {
    func expect(_ ours: (Double, Double), _ voc2007: Double, _ voc2010: Double) {
      #expect(abs(ours.0 - voc2007) < 1e-12 && abs(ours.1 - voc2010) < 1e-12, "\(ours)")
    }
    expect(summary("++", objects: 2), 1, 1)
    expect(summary("", objects: 2), 0, 0)
    // Precision 1 up to recall 1/2: six of eleven recalls, half of the area.
    expect(summary("+", objects: 2), 6.0 / 11, 0.5)
    // Precision 1 up to recall 1/2, then 2/3.
    expect(summary("+-+", objects: 2), (6 + 5 * 2.0 / 3) / 11, 0.5 + 0.5 * 2 / 3)
    // An object that is found again counts against the model.
    expect(summary("+=+", objects: 2), (6 + 5 * 2.0 / 3) / 11, 0.5 + 0.5 * 2 / 3)
    // The best precision from a recall on: 2/3 from the start.
    expect(summary("-++", objects: 2), 2.0 / 3, 2.0 / 3)
    // A difficult object counts neither way, however often it is found.
    expect(summary("+=+", objects: 2, difficult: [0]), 1, 1)
    // MATLAB's eighth of eleven recalls is not above 7/10, its fourth is above 3/10.
    expect(summary("+++++++", objects: 10), 8.0 / 11, 0.7)
    expect(summary("+++", objects: 10), 3.0 / 11, 0.3)
  }

  @Test func `counts pixels at both edges`() {
    // 10 pixels and 10 pixels of which 5 are shared: 5 of 15; edges alone would say 4 of 14.
    for (overlap, mean) in [(5.0 / 15, 1.0), (5.0 / 15 + 1e-9, 0)] {
      var metric = VOCMetric(classes: 1, overlap: overlap)
      metric.add(
        EvaluatedImage(
          image: 0, truth: [AnnotatedBox(Box(x: 1, y: 1, width: 9, height: 0), label: 0)],
          detections: [DetectedBox(Box(x: 6, y: 1, width: 9, height: 0), label: 0, score: 1)]))
      #expect(metric.summary(.voc2010).mean == mean)
    }
  }

  @Test func `is the same from merged parts`() throws {
    for known in try FixtureCase.all() {
      let images = known.evaluated
      var whole = VOCMetric(classes: known.categories.count)
      for image in images.reversed() { whole.add(image) }
      var (merged, rest) = (
        VOCMetric(classes: known.categories.count), VOCMetric(classes: known.categories.count)
      )
      for image in images.prefix(3) { merged.add(image) }
      for image in images.dropFirst(2) { rest.add(image) }
      merged.merge(rest)
      for rule in VOCMetric.Rule.allCases { #expect(merged.summary(rule) == whole.summary(rule)) }
    }
  }
}

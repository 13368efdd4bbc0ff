import Boxes
import Metrics
import Randomness
import Testing

@Suite struct `COCO's metrics` {
  private func metric(_ known: FixtureCase, _ images: [EvaluatedImage]) -> COCOMetric {
    var metric = COCOMetric(classes: known.categories.count)
    for image in images { metric.add(image) }
    return metric
  }

  @Test func `are pycocotools', over all classes and for each`() throws {
    let cases = try FixtureCase.all()
    #expect(cases.count == 35)
    for known in cases {
      let summary = metric(known, known.evaluated).summary()
      #expect(agree(summary.mean.all, known.metrics), "\(known.kind): \(summary.mean.all)")
      for (ours, theirs) in zip(summary.perClass, known.perClass) {
        #expect(agree(ours.all, theirs), "\(known.kind): \(ours.all), not \(theirs)")
      }
      #expect(summary.perClass.count == known.perClass.count)
    }
    // The cases would tell a wrong metric: each differs from case to case.
    for value in 0..<12 { #expect(Set(cases.map { $0.metrics[value] }).count > 15) }
  }

  @Test func `do not depend on the order of images, nor on how they were shared out`() throws {
    for (index, known) in try FixtureCase.all().enumerated() {
      let expected = metric(known, known.evaluated).summary()
      var stream = RandomStream(seed: 5, for: .order, index: index)
      let shuffled = known.evaluated.shuffled(using: &stream)
      #expect(metric(known, shuffled).summary() == expected)

      var merged = metric(known, Array(shuffled.prefix(shuffled.count / 3)))
      // A share may be padded with images that another has.
      merged.merge(metric(known, Array(shuffled.suffix(shuffled.count - shuffled.count / 4))))
      #expect(merged.summary() == expected)
      #expect(merged.images == Set(known.images))

      var atOnce = COCOMetric(classes: known.categories.count)
      atOnce.add(contentsOf: shuffled)
      atOnce.add(contentsOf: shuffled)
      #expect(atOnce.summary() == expected)
    }
  }

  @Test func `are merged from many images at once as one by one`() {
    var stream = RandomStream(seed: 1, for: .shapes)
    let images = (0..<300).map { image in
      let truth = (0..<3).map { _ in
        AnnotatedBox(
          Box(x: .random(in: 0..<50, using: &stream), y: 0, width: 30, height: 40),
          label: .random(in: 0..<3, using: &stream))
      }
      return EvaluatedImage(
        image: image, truth: truth,
        detections: truth.map {
          DetectedBox(
            Box(x: $0.box.x + .random(in: 0..<15, using: &stream), y: 0, width: 30, height: 40),
            label: $0.label, score: .random(in: 0..<1, using: &stream))
        })
    }
    var (atOnce, single) = (COCOMetric(classes: 3), COCOMetric(classes: 3))
    atOnce.add(contentsOf: images)
    for image in images.reversed() { single.add(image) }
    #expect(atOnce.summary() == single.summary())
    #expect((0.1..<0.9).contains(atOnce.summary().mean[.ap]))
  }

  @Test func `are -1 where nothing has to be found`() {
    let summary = COCOMetric(classes: 2).summary()
    #expect(summary.mean.all == Array(repeating: -1, count: 12))
    #expect(COCOMetric(classes: 0).summary().perClass.isEmpty)
  }

  @Test func `are 1 where every object is found, and nothing else`() {
    // Sides of 10, 50 and 200 pixels: one object in each area range.
    let boxes = [10.0, 50, 200].map { Box(x: $0, y: $0, width: $0, height: $0) }
    var metric = COCOMetric(classes: 1)
    for (image, box) in boxes.enumerated() {
      metric.add(
        EvaluatedImage(
          image: image, truth: [AnnotatedBox(box, label: 0)],
          detections: [DetectedBox(box, label: 0, score: 0.5)]))
    }
    #expect(agree(metric.summary().mean.all, Array(repeating: 1, count: 12)))
  }
}

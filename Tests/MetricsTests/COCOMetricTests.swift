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
      let figures = metric(known, known.judged).figures()
      #expect(agree(figures.mean.all, known.figures), "\(known.kind): \(figures.mean.all)")
      for (ours, theirs) in zip(figures.perClass, known.perClass) {
        #expect(agree(ours.all, theirs), "\(known.kind): \(ours.all), not \(theirs)")
      }
      #expect(figures.perClass.count == known.perClass.count)
    }
    // The cases would tell a wrong metric: each differs from case to case.
    for figure in 0..<12 { #expect(Set(cases.map { $0.figures[figure] }).count > 15) }
  }

  @Test func `do not depend on the order of images, nor on how they were shared out`() throws {
    for (index, known) in try FixtureCase.all().enumerated() {
      let expected = metric(known, known.judged).figures()
      var stream = RandomStream(seed: 5, for: .order, index: index)
      let shuffled = known.judged.shuffled(using: &stream)
      #expect(metric(known, shuffled).figures() == expected)

      var merged = metric(known, Array(shuffled.prefix(shuffled.count / 3)))
      // A share may be padded with images that another has.
      merged.merge(metric(known, Array(shuffled.suffix(shuffled.count - shuffled.count / 4))))
      #expect(merged.figures() == expected)
      #expect(merged.images == Set(known.images))

      var atOnce = COCOMetric(classes: known.categories.count)
      atOnce.add(contentsOf: shuffled)
      atOnce.add(contentsOf: shuffled)
      #expect(atOnce.figures() == expected)
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
    #expect(atOnce.figures() == single.figures())
    #expect((0.1..<0.9).contains(atOnce.figures().mean[.ap]))
  }

  @Test func `are -1 where nothing has to be found`() {
    let figures = COCOMetric(classes: 2).figures()
    #expect(figures.mean.all == Array(repeating: -1, count: 12))
    #expect(COCOMetric(classes: 0).figures().perClass.isEmpty)
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
    #expect(agree(metric.figures().mean.all, Array(repeating: 1, count: 12)))
  }
}

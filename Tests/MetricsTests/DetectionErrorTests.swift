import Boxes
import Metrics
import Randomness
import Testing

private func box(_ x: Double, _ y: Double, _ side: Double = 10) -> Box {
  Box(x: x, y: y, width: side, height: side)
}

/// Four objects and a crowd; a detection of each kind, and one in the crowd.
private let scene = EvaluatedImage(
  image: 7,
  truth: [
    AnnotatedBox(box(0, 0), label: 0), AnnotatedBox(box(100, 0), label: 1),
    AnnotatedBox(box(0, 100), label: 0), AnnotatedBox(box(200, 0), label: 0),
    AnnotatedBox(box(300, 0, 50), label: 0, isCrowd: true),
  ],
  detections: [
    DetectedBox(box(0, 0), label: 0, score: 0.9), DetectedBox(box(0, 1), label: 0, score: 0.8),
    DetectedBox(box(100, 0), label: 0, score: 0.7), DetectedBox(box(5, 100), label: 0, score: 0.6),
    DetectedBox(box(205, 0), label: 1, score: 0.5),
    DetectedBox(box(500, 500), label: 1, score: 0.4),
    // One of 199 pixels is shared with the first object.
    DetectedBox(box(9, 9), label: 0, score: 0.3), DetectedBox(box(310, 10), label: 0, score: 0.95),
  ])

/// Images with objects and detections about them, some of another class, some anywhere.
private func randomImages(_ count: Int) -> [EvaluatedImage] {
  (0..<count).map { index in
    var stream = RandomStream(seed: 4, for: .shapes, index: index)
    func number(_ range: Range<Double>) -> Double { .random(in: range, using: &stream) }
    let truth = (0..<Int.random(in: 0..<7, using: &stream)).map { _ in
      AnnotatedBox(
        Box(x: number(0..<80), y: number(0..<80), width: number(5..<30), height: number(5..<30)),
        label: Int.random(in: 0..<3, using: &stream), isCrowd: number(0..<1) < 0.1)
    }
    let detections = (0..<30).map { _ in
      let near = truth.randomElement(using: &stream)
      let start = near?.box ?? box(number(0..<80), number(0..<80), 20)
      return DetectedBox(
        Box(
          x: start.x + number(-4..<4), y: start.y + number(-4..<4),
          width: start.width * number(0.8..<1.25), height: start.height * number(0.8..<1.25)),
        label: number(0..<1) < 0.8 ? near?.label ?? 1 : Int.random(in: 0..<3, using: &stream),
        score: (number(0..<1) * 50).rounded() / 50)
    }
    return EvaluatedImage(image: index, truth: truth, detections: detections)
  }
}

@Suite struct `A detector's errors` {
  @Test func `are reported by kind, as worked by hand`() {
    var errors = DetectionErrors(classes: 2)
    errors.add(scene)
    let first: DetectionErrors.Counts = [
      .right: 1, .duplicate: 1, .wrongClass: 1, .poorLocalization: 1, .background: 1, .missed: 1,
    ]
    // The fourth object is touched only by a detection that is wrong in both ways, so it is missed.
    #expect(errors.counts(atScore: 0) == [first, [.wrongClassAndLocation: 1, .background: 1]])
    // Without those below 0.65 the third object is missed as well.
    #expect(
      errors.counts(atScore: 0.65)
        == [[.right: 1, .duplicate: 1, .wrongClass: 1, .missed: 2], [:]])
    #expect(errors.objectCounts == [3, 1])
    #expect(
      DetectionErrors.kinds(of: scene).map(\.kind) == [
        .right, .duplicate, .wrongClass, .poorLocalization, .wrongClassAndLocation, .background,
        .background,
      ])
    #expect(DetectionErrors.missed(of: scene, atScore: 0) == [3])
    #expect(DetectionErrors.missed(of: scene, atScore: 0.75) == [1, 2, 3])
  }

  @Test func `are counted from the score on at which F1 is highest`() {
    var errors = DetectionErrors(classes: 2)
    // Two of four objects; of the detections right, right and wrong F1 is 2/5, 4/6, 4/7.
    errors.add(
      EvaluatedImage(
        image: 1, truth: Array(scene.truth.prefix(4)),
        detections: [
          DetectedBox(box(0, 0), label: 0, score: 0.9),
          DetectedBox(box(100, 0), label: 1, score: 0.4),
          DetectedBox(box(900, 0), label: 1, score: 0.3),
        ]))
    #expect(errors.bestScore == 0.4)
    #expect(DetectionErrors(classes: 1).bestScore == 0)
  }

  @Test func `are merged without counting an image twice, and order the images`() {
    let images = randomImages(40)
    var (whole, first, second) = (
      DetectionErrors(classes: 3), DetectionErrors(classes: 3), DetectionErrors(classes: 3)
    )
    for image in images { whole.add(image) }
    for image in images.prefix(25) { first.add(image) }
    for image in images.suffix(20) { second.add(image) }
    first.merge(second)
    #expect(first.counts(atScore: 0.3) == whole.counts(atScore: 0.3))
    #expect(first.images == whole.images && first.bestScore == whole.bestScore)
    let order = whole.imagesByErrors(atScore: 0.3)
    func count(_ index: Int) -> Int {
      DetectionErrors.kinds(of: images[index])
        .count { $0.detection.score >= 0.3 && $0.kind != .right }
        + DetectionErrors.missed(of: images[index], atScore: 0.3).count
    }
    #expect(order.map(count) == order.map(count).sorted(by: >) && Set(order) == whole.images)
  }

  @Test func `and COCO's rule agree on what is found`() throws {
    let images = randomImages(60)
    var (errors, metric) = (DetectionErrors(classes: 3), COCOMetric(classes: 3))
    for image in images { errors.add(image) }
    metric.add(contentsOf: images)
    let (counts, objects) = (errors.counts(atScore: 0), errors.objectCounts)
    for (label, curve) in metric.curves().enumerated() {
      let curve = try #require(curve)
      let reached = try #require(curve.scores.lastIndex { $0 != nil })
      #expect(Int(100 * Double(counts[label][.right] ?? 0) / Double(objects[label])) == reached)
    }
  }
}

@Suite struct `Precision against recall` {
  @Test func `has the mean AP50`() throws {
    var metric = COCOMetric(classes: 4)
    metric.add(contentsOf: randomImages(60))
    let (curves, summary) = (metric.curves(), metric.summary())
    for label in 0..<3 {
      let curve = try #require(curves[label])
      let mean = curve.precisions.reduce(0, +) / 101
      #expect(abs(mean - summary.perClass[label][.ap50]) < 1e-12)
      #expect(curve.precisions == curve.precisions.sorted(by: >))
      #expect(zip(curve.precisions, curve.scores).allSatisfy { ($0 == 0) == ($1 == nil) })
    }
    #expect(curves[3] == nil, "there is no object of the fourth class")
  }

  @Test func `is as worked by hand`() throws {
    // Right, wrong, right, of two objects: 1 up to a recall of a half, then two thirds.
    var metric = COCOMetric(classes: 1)
    metric.add(
      EvaluatedImage(
        image: 0, truth: [AnnotatedBox(box(0, 0), label: 0), AnnotatedBox(box(50, 0), label: 0)],
        detections: [
          DetectedBox(box(0, 0), label: 0, score: 0.9),
          DetectedBox(box(90, 0), label: 0, score: 0.8),
          DetectedBox(box(50, 0), label: 0, score: 0.7),
        ]))
    let curve = try #require(metric.curves()[0])
    for (position, recall) in PrecisionRecallCurve.recalls.enumerated() {
      #expect(abs(curve.precisions[position] - (recall <= 0.5 ? 1 : 2.0 / 3)) < 1e-12)
      #expect(curve.scores[position] == (recall <= 0.5 ? 0.9 : 0.7))
    }
  }
}

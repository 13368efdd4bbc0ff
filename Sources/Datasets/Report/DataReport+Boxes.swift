import Boxes
import Numbers

extension DataReport {
  /// A box with a shorter side, in pixels, is tiny.
  private static let tinySide = 4.0
  /// By how many times a box's side may be longer than the other.
  private static let longestBox = 10.0
  /// The overlap (IoU) from which on two boxes are one.
  private static let sameOverlap = 0.95

  /// The boxes that cannot be trained on, which no other check sees.
  static func leftOut(_ boxes: [LeftOutBox], _ context: Context) -> [Finding] {
    [
      Finding(
        check: "invalid_boxes", title: "boxes that cannot be trained on", count: boxes.count,
        advice:
          "they have no area, lie outside their image or are of an unknown class, and are left out",
        examples: boxes.prefix(maximumExamples).map { box in
          let name = context.folder.removed(from: box.file)
          return Example(
            images: [], text: name + box.description.dropFirst(box.file.count))
        })
    ]
  }

  /// Checks boxes: over the edge, tiny, twice, of two classes, very long; and images without any.
  static func boxes(_ context: Context) -> [Finding] {
    typealias Found = (position: Int, box: Int?, text: String)
    var (over, tiny, long, empty): ([Found], [Found], [Found], [Found]) = ([], [], [], [])
    var (twice, contrary): ([Found], [Found]) = ([], [])
    for position in context.images.indices {
      let image = context.images[position].image
      // What is on an image that cannot be read is not known, and another check names it.
      if image.boxes.isEmpty, context.seen[position].fault == nil { empty.append((position, nil, "")) }
      let size = image.annotated ?? ImageSize(width: 0, height: 0)
      for (number, annotated) in image.boxes.enumerated() where !annotated.isCrowd {
        let box = annotated.box
        let name = context.classNames[annotated.label]
        let shape =
          "\(name), \(formatted(box.width, digits: 0))x\(formatted(box.height, digits: 0))"
        let beyond = box.excess(width: Double(size.width), height: Double(size.height))
        if beyond > Box.edgeTolerance {
          over.append((position, number, "\(shape), \(formatted(beyond, digits: 0)) pixels over"))
        }
        let (short, longer) = (min(box.width, box.height), max(box.width, box.height))
        if short < tinySide {
          tiny.append((position, number, shape))
        } else if longer > longestBox * short {
          long.append((position, number, shape))
        }
      }
      for (number, other, sameClass) in pairs(image.boxes) {
        let names = [other, number].map { context.classNames[image.boxes[$0].label] }
        if sameClass {
          twice.append((position, number, names[1]))
        } else {
          contrary.append((position, number, names.joined(separator: " and ")))
        }
      }
    }
    return [
      context.finding(
        "boxes_over_the_edge", "boxes that reach over their image's edge",
        "they are clipped; many of them mean that the boxes are of images of another size", over),
      context.finding(
        "tiny_boxes", "boxes with a side shorter than \(Int(clamping: tinySide)) pixels",
        "they are most likely annotation errors: correct or remove them", tiny),
      context.finding(
        "boxes_twice", "boxes of one class that lie on each other",
        "their overlap (IoU) is at least \(sameOverlap): one object is annotated twice", twice),
      context.finding(
        "boxes_of_two_classes", "boxes of two classes that lie on each other",
        "their overlap (IoU) is at least \(sameOverlap): keep the right class", contrary),
      context.finding(
        "long_boxes", "boxes more than \(Int(clamping: longestBox)) times as long as wide",
        "check whether the objects are so long", long),
      context.finding(
        "without_boxes", "images without boxes",
        "they are trained on as background: check whether objects on them were missed", empty),
    ]
  }

  /// Pairs of boxes that lie on each other, the second one's number first.
  private static func pairs(_ boxes: [AnnotatedBox]) -> [(Int, Int, Bool)] {
    // By the left edge, so that of each box only those are looked at that begin where it does.
    let order = boxes.indices.filter { !boxes[$0].isCrowd }
      .sorted { (boxes[$0].box.x, $0) < (boxes[$1].box.x, $1) }
    var found: [(Int, Int, Bool)] = []
    for (place, number) in order.enumerated() {
      let box = boxes[number].box
      for other in order[(place + 1)...] {
        // Boxes that overlap so much begin within a twentieth of the width.
        guard boxes[other].box.x <= box.x + box.width * (1 - sameOverlap) else { break }
        guard boxes[other].box.overlap(with: box) >= sameOverlap else { continue }
        found.append(
          (max(number, other), min(number, other), boxes[number].label == boxes[other].label))
      }
    }
    return found.sorted { ($0.0, $0.1) < ($1.0, $1.1) }
  }
}

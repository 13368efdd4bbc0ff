import Boxes
import Numbers

/// Finds out which detections of an image find which objects, by COCO's rules.
///
/// All arrays are kept from image to image, so that nothing is allocated once they have grown.
///
/// - Source: `computeIoU` and `evaluateImg` of pycocotools' cocoeval.py, `bbIou` of its maskApi.c.
struct COCOMatcher: Sendable {
  /// One detection: what became of it at every area range and overlap.
  struct Match: Sendable {
    var image: Int
    var label: Int32
    /// Its place among its class's detections on the image, by falling score.
    var rank: Int32
    var score: Double
    /// Bits of the area ranges and overlaps at which it found an object.
    var found: UInt64
    /// Bits at which it counts neither for nor against the model.
    var ignored: UInt64
  }

  /// The objects of one class on one image that have to be found, by area range.
  struct Tally: Sendable {
    var image: Int
    var label: Int32
    var counts: SIMD4<Int32>
  }

  /// An object that a detection overlaps far enough for the lowest threshold.
  private struct Candidate {
    var object: Int32
    var overlap: Double
  }

  private var objectOrder: [Int32] = []
  private var detectionOrder: [Int32] = []
  private var candidates: [Candidate] = []
  /// Where each detection's candidates begin, and where the last one's end.
  private var starts: [Int] = []
  /// Bits of the area ranges in which an object need not be found.
  private var unneeded: [UInt8] = []
  /// Objects that were found already, at the threshold that is being worked on.
  private var taken: [Bool] = []

  /// Adds an image's matches and tallies.
  mutating func add(
    _ evaluated: EvaluatedImage, matches: inout [Match], tallies: inout [Tally]
  ) {
    let (truth, detections) = (evaluated.truth, evaluated.detections)
    objectOrder.removeAll(keepingCapacity: true)
    objectOrder.append(contentsOf: truth.indices.lazy.map(Int32.init))
    objectOrder.sort { (truth[Int($0)].label, $0) < (truth[Int($1)].label, $1) }
    detectionOrder.removeAll(keepingCapacity: true)
    detectionOrder.append(contentsOf: detections.indices.lazy.map(Int32.init))
    detectionOrder.sort { first, second in
      let (a, b) = (detections[Int(first)], detections[Int(second)])
      return a.label != b.label
        ? a.label < b.label : a.score != b.score ? a.score > b.score : first < second
    }
    var (object, detection) = (0, 0)
    while object < objectOrder.count || detection < detectionOrder.count {
      let label = min(
        object < objectOrder.count ? truth[Int(objectOrder[object])].label : .max,
        detection < detectionOrder.count ? detections[Int(detectionOrder[detection])].label : .max)
      let (firstObject, firstDetection) = (object, detection)
      while object < objectOrder.count, truth[Int(objectOrder[object])].label == label {
        object += 1
      }
      while detection < detectionOrder.count,
        detections[Int(detectionOrder[detection])].label == label
      {
        detection += 1
      }
      let most = firstDetection + COCORules.maximumDetections[2]
      match(
        evaluated, label: Int32(clamping: label), objects: firstObject..<object,
        detections: firstDetection..<min(detection, most), into: &matches, &tallies)
    }
  }

  /// Works out one class on one image.
  private mutating func match(
    _ evaluated: EvaluatedImage, label: Int32, objects: Range<Int>, detections: Range<Int>,
    into matches: inout [Match], _ tallies: inout [Tally]
  ) {
    if !objects.isEmpty {
      tallies.append(
        Tally(image: evaluated.image, label: label, counts: needed(evaluated, objects)))
    }
    let first = matches.count
    for (rank, position) in detections.enumerated() {
      let detected = evaluated.detections[Int(detectionOrder[position])]
      var outside: UInt64 = 0
      for (area, range) in COCORules.areas.enumerated() where !range.contains(detected.box.area) {
        outside |= Self.allOverlaps << UInt64(area * COCORules.overlaps.count)
      }
      matches.append(
        Match(
          image: evaluated.image, label: label, rank: Int32(rank), score: detected.score, found: 0,
          ignored: outside))
    }
    findCandidates(evaluated, objects, detections)
    guard !candidates.isEmpty else { return }
    for area in COCORules.areas.indices {
      for overlap in COCORules.overlaps.indices {
        assign(evaluated, objects, count: detections.count, area, overlap, &matches, first)
      }
    }
  }

  private static let allOverlaps: UInt64 = (1 << UInt64(COCORules.overlaps.count)) - 1

  /// Marks the objects that need not be found, and counts the others, by area range.
  private mutating func needed(_ evaluated: EvaluatedImage, _ objects: Range<Int>) -> SIMD4<Int32> {
    unneeded.removeAll(keepingCapacity: true)
    var counts = SIMD4<Int32>()
    for position in objects {
      let object = evaluated.truth[Int(objectOrder[position])]
      var bits: UInt8 = 0
      for (area, range) in COCORules.areas.enumerated() {
        if object.isCrowd || !range.contains(object.area) {
          bits |= 1 << UInt8(area)
        } else {
          counts[area] += 1
        }
      }
      unneeded.append(bits)
    }
    return counts
  }

  private mutating func findCandidates(
    _ evaluated: EvaluatedImage, _ objects: Range<Int>, _ detections: Range<Int>
  ) {
    candidates.removeAll(keepingCapacity: true)
    starts.removeAll(keepingCapacity: true)
    for detection in detections {
      starts.append(candidates.count)
      let box = evaluated.detections[Int(detectionOrder[detection])].box
      for position in objects {
        let object = evaluated.truth[Int(objectOrder[position])]
        let shared = box.sharedArea(with: object.box)
        guard shared > 0 else { continue }
        let whole = object.isCrowd ? box.area : box.area + object.box.area - shared
        let overlap = shared / whole
        if overlap >= COCORules.overlaps[0] {
          candidates.append(
            Candidate(object: Int32(position - objects.lowerBound), overlap: overlap))
        }
      }
    }
    starts.append(candidates.count)
  }

  /// Gives each detection, by falling score, the free object that it overlaps most.
  ///
  /// An object that has to be found goes before one that need not be; of equal overlaps the last wins.
  private mutating func assign(
    _ evaluated: EvaluatedImage, _ objects: Range<Int>, count: Int, _ area: Int, _ overlap: Int,
    _ matches: inout [Match], _ first: Int
  ) {
    taken.removeAll(keepingCapacity: true)
    for _ in objects { taken.append(false) }
    let bit = COCORules.bit(area: area, overlap: overlap)
    let threshold = COCORules.overlaps[overlap]
    for detection in 0..<count {
      var best = -1
      // First those that have to be found, then the others.
      for pass: UInt8 in 0...1 where best < 0 {
        var highest = threshold
        for candidate in candidates[starts[detection]..<starts[detection + 1]]
        where candidate.overlap >= highest {
          let object = Int(candidate.object)
          guard unneeded[object] >> UInt8(area) & 1 == pass else { continue }
          if taken[object], !evaluated.truth[Int(objectOrder[objects.lowerBound + object])].isCrowd {
            continue
          }
          highest = candidate.overlap
          best = object
        }
      }
      guard best >= 0 else { continue }
      taken[best] = true
      matches[first + detection].found |= bit
      if unneeded[best] >> UInt8(area) & 1 == 1 {
        matches[first + detection].ignored |= bit
      } else {
        matches[first + detection].ignored &= ~bit
      }
    }
  }
}

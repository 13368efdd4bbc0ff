import Boxes

/// Correct detections and errors of a detector, by kind.
///
/// Detections find objects by COCO's rule at an overlap of 0.5. One that finds none is wrong in one way:
///
/// | kind | its best overlap |
/// |---|---|
/// | `duplicate` | 0.5 or more with an object of its class, which a surer one has found |
/// | `wrongClass` | 0.5 or more with an object of another class |
/// | `poorLocalization` | 0.1 to 0.5 with an object of its class |
/// | `wrongClassAndLocation` | 0.1 to 0.5 with an object of another class |
/// | `background` | less than 0.1 with every object |
///
/// The first line that holds counts. An object that none of the detections finds is `missed`, unless a
/// `wrongClass` or `poorLocalization` one lies on it: then it is found badly, and would be counted twice.
/// What lies on a crowd counts in no way.
///
/// Only detections of a score or more are counted; `bestScore` is the one at which F1 is highest.
///
/// - Source: Bolya et al., *TIDE: A General Toolbox for Identifying Object Detection Errors* (2020),
///   section 2.2, with its thresholds.
public struct DetectionErrors: Sendable {
  /// What became of a detection, or of an object.
  public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    /// A detection that matches an object.
    case right
    /// An object that nothing finds.
    case missed
    /// A detection where there is no object.
    case background
    /// A detection of another class than the object's.
    case wrongClass = "classification"
    /// A detection that overlaps an object of its class too little.
    case poorLocalization = "localization"
    /// A detection that overlaps an object of another class too little.
    case wrongClassAndLocation = "both"
    /// A second detection of an object.
    case duplicate

    private static let olderNames: [String: Kind] = [
      "wrong_class": .wrongClass, "badly_placed": .poorLocalization,
      "wrong_class_and_place": .wrongClassAndLocation,
    ]

    /// Finds a kind by its name, also by that of older files.
    public init?(named name: String) {
      guard let kind = Kind(rawValue: name) ?? Self.olderNames[name] else { return nil }
      self = kind
    }

    /// Reads a kind by its name, also by that of older files.
    public init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      let name = try container.decode(String.self)
      guard let kind = Kind(named: name) else {
        throw DecodingError.dataCorruptedError(
          in: container, debugDescription: "no kind of error '\(name)'")
      }
      self = kind
    }
  }

  /// How often each kind occurs.
  public typealias Counts = [Kind: Int]

  /// The overlap from which an object is found.
  public static let found = 0.5
  /// The overlap below which a detection has nothing to do with an object.
  public static let nothing = 0.1

  /// The number of classes.
  public let classes: Int
  /// The numbers of the images that are in.
  public private(set) var images: Set<Int> = []

  /// A detection, and what became of it.
  private struct Verdict {
    var image: Int
    var label: Int
    var score: Double
    var kind: Kind
  }

  /// An object that has to be found, and from which score on it is, well or badly.
  private struct Object {
    var image: Int
    var label: Int
    var found = -Double.infinity
    var touched = -Double.infinity
  }

  private var verdicts: [Verdict] = []
  private var objects: [Object] = []

  /// Creates an account without images.
  public init(classes: Int) { self.classes = classes }

  // MARK: Adding

  /// Adds an image; one that is in already is not counted again.
  public mutating func add(_ evaluated: EvaluatedImage) {
    guard images.insert(evaluated.image).inserted else { return }
    let found = Self.verdicts(evaluated)
    for (detection, verdict) in found {
      verdicts.append(
        Verdict(
          image: evaluated.image, label: detection.label, score: detection.score, kind: verdict.kind
        ))
    }
    objects += Self.objects(evaluated, found).values.map { $0 }
  }

  /// Returns each detection of an image with what became of it, surest first; what lies on a crowd is
  /// left out.
  public static func kinds(
    of evaluated: EvaluatedImage
  ) -> [(detection: DetectedBox, kind: Kind)] {
    verdicts(evaluated).map { ($0.detection, $0.verdict.kind) }
  }

  /// Returns the places of the objects of an image that detections of a score or more miss.
  public static func missed(of evaluated: EvaluatedImage, atScore score: Double) -> [Int] {
    objects(evaluated, verdicts(evaluated)).filter { $0.value.found < score && $0.value.touched < score }.map(\.key)
      .sorted()
  }

  private typealias Found = (detection: DetectedBox, verdict: (kind: Kind, object: Int?))

  private static func objects(_ evaluated: EvaluatedImage, _ verdicts: [Found]) -> [Int: Object] {
    var objects: [Int: Object] = [:]
    for (position, object) in evaluated.truth.enumerated() where !object.isCrowd {
      objects[position] = Object(image: evaluated.image, label: object.label)
    }
    for (detection, verdict) in verdicts {
      guard let position = verdict.object else { continue }
      switch verdict.kind {
      case .right: objects[position]?.found = detection.score
      case .wrongClass, .poorLocalization:
        let before = objects[position]?.touched ?? -.infinity
        objects[position]?.touched = max(before, detection.score)
      case .missed, .background, .wrongClassAndLocation, .duplicate: break
      }
    }
    return objects
  }

  private static func verdicts(_ evaluated: EvaluatedImage) -> [Found] {
    var taken = [Bool](repeating: false, count: evaluated.truth.count)
    let sorted = evaluated.detections.enumerated().sorted { a, b in
      a.element.score != b.element.score
        ? a.element.score > b.element.score : a.offset < b.offset
    }
    return sorted.compactMap { _, detection in
      verdict(on: detection, evaluated.truth, &taken).map { (detection, $0) }
    }
  }

  /// Returns what became of a detection, and the object that it lies on; nil where it lies on a crowd.
  private static func verdict(
    on detection: DetectedBox, _ truth: [AnnotatedBox], _ taken: inout [Bool]
  ) -> (kind: Kind, object: Int?)? {
    // The free object that it finds, of equal overlaps the last; and the nearest of its class and of
    // the others.
    var (free, own, other) = (Best(atLeast: found), Best(), Best())
    var liesOnCrowd = false
    for (position, object) in truth.enumerated() {
      if object.isCrowd {
        let shared = detection.box.sharedArea(with: object.box)
        if object.label == detection.label, shared >= found * detection.box.area {
          liesOnCrowd = true
        }
        continue
      }
      let overlap = detection.box.overlap(with: object.box)
      if object.label == detection.label {
        own.take(position, overlap)
        if !taken[position] { free.take(position, overlap) }
      } else {
        other.take(position, overlap)
      }
    }
    if let position = free.position {
      taken[position] = true
      return (.right, position)
    }
    if liesOnCrowd { return nil }
    if own.overlap >= found { return (.duplicate, own.position) }
    if other.overlap >= found { return (.wrongClass, other.position) }
    if own.overlap >= nothing { return (.poorLocalization, own.position) }
    if other.overlap >= nothing { return (.wrongClassAndLocation, other.position) }
    return (.background, nil)
  }

  /// The object of the highest overlap so far.
  private struct Best {
    var position: Int?
    var overlap: Double

    init(atLeast overlap: Double = 0) { self.overlap = overlap }

    mutating func take(_ position: Int, _ overlap: Double) {
      if overlap > 0, overlap >= self.overlap {
        (self.position, self.overlap) = (position, overlap)
      }
    }
  }

  /// Adds what another process, or another part of the data, has accumulated.
  public mutating func merge(_ other: DetectionErrors) {
    precondition(classes == other.classes, "Only errors of the same classes can be merged.")
    verdicts += other.verdicts.filter { !images.contains($0.image) }
    objects += other.objects.filter { !images.contains($0.image) }
    images.formUnion(other.images)
  }

  // MARK: Metrics

  /// How often each kind occurs among detections of a score or more, by class; `missed` by the object's
  /// class, all others by the detection's.
  public func counts(atScore score: Double) -> [Counts] {
    var counts = [Counts](repeating: [:], count: classes)
    for verdict in verdicts where verdict.score >= score && counts.indices.contains(verdict.label) {
      counts[verdict.label][verdict.kind, default: 0] += 1
    }
    for object in objects where counts.indices.contains(object.label) {
      if object.found < score, object.touched < score {
        counts[object.label][.missed, default: 0] += 1
      }
    }
    return counts
  }

  /// The objects that have to be found, by class.
  public var objectCounts: [Int] {
    objects.reduce(into: [Int](repeating: 0, count: classes)) { counts, object in
      if counts.indices.contains(object.label) { counts[object.label] += 1 }
    }
  }

  /// The score from which on the detections of all classes have the highest F1; 0 where none is right.
  ///
  /// F1 is twice the right ones over the detections and the objects together.
  public var bestScore: Double {
    let sorted = verdicts.sorted { $0.score > $1.score }
    var (right, best, score) = (0.0, 0.0, 0.0)
    for (index, verdict) in sorted.enumerated() {
      if verdict.kind == .right { right += 1 }
      // Detections of one score come together, or not at all.
      if index + 1 < sorted.count, sorted[index + 1].score == verdict.score { continue }
      let f1 = 2 * right / Double(index + 1 + objects.count)
      if f1 > best { (best, score) = (f1, verdict.score) }
    }
    return score
  }

  /// The images' numbers by how many errors there are on them, the most first, of equal ones the
  /// smallest number.
  public func imagesByErrors(atScore score: Double) -> [Int] {
    var errors = Dictionary(uniqueKeysWithValues: images.map { ($0, 0) })
    for verdict in verdicts where verdict.score >= score && verdict.kind != .right {
      errors[verdict.image, default: 0] += 1
    }
    for object in objects where object.found < score && object.touched < score {
      errors[object.image, default: 0] += 1
    }
    return errors.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
  }
}

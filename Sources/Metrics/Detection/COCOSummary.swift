/// COCO's twelve metrics over all classes, and for each class.
public struct COCOSummary: Sendable, Hashable {
  /// A metric, by the name under which it is printed.
  public enum Name: String, Sendable, Hashable, Codable, CaseIterable {
    /// Average precision, the mean over overlaps from 0.5 to 0.95.
    case ap = "AP"
    /// Average precision at an overlap of 0.5.
    case ap50 = "AP50"
    /// Average precision at an overlap of 0.75.
    case ap75 = "AP75"
    /// Average precision of objects of at most 32 x 32 pixels.
    case apSmall = "APs"
    /// Average precision of objects of 32 x 32 to 96 x 96 pixels.
    case apMedium = "APm"
    /// Average precision of objects of at least 96 x 96 pixels.
    case apLarge = "APl"
    /// Average recall with one detection of a class on an image.
    case ar1 = "AR1"
    /// Average recall with ten detections of a class on an image.
    case ar10 = "AR10"
    /// Average recall with a hundred detections of a class on an image.
    case ar100 = "AR100"
    /// Average recall of objects of at most 32 x 32 pixels.
    case arSmall = "ARs"
    /// Average recall of objects of 32 x 32 to 96 x 96 pixels.
    case arMedium = "ARm"
    /// Average recall of objects of at least 96 x 96 pixels.
    case arLarge = "ARl"

    /// The description of the metric; its name is that in columns and keys, `ap` to `arl`.
    public var metric: MetricDescription {
      MetricDescription(rawValue.lowercased(), rawValue, digits: 3)
    }
  }

  /// Metrics that are seen together, since they differ in one respect: overlap, area or number.
  public static let families: [[Name]] = [
    [.ap, .ap50, .ap75], [.apSmall, .apMedium, .apLarge], [.ar1, .ar10, .ar100],
    [.arSmall, .arMedium, .arLarge],
  ]

  /// The twelve metrics of one class, or their means over classes.
  ///
  /// A metric is from 0 to 1, and -1 where no object had to be found.
  public struct Row: Sendable, Hashable {
    private var values: [Double]

    /// Creates a row of metrics in the order of their names.
    init(values: [Double]) { self.values = values }

    /// A metric by its name.
    public subscript(name: Name) -> Double { values[Self.positions[name] ?? 0] }

    private static let positions = Dictionary(
      uniqueKeysWithValues: Name.allCases.enumerated().map { ($1, $0) })
  }

  /// The metrics of each class, by its label.
  public let perClass: [Row]

  /// The means over the classes that have objects.
  public let mean: Row

  /// Creates metrics from those of the classes.
  init(perClass: [Row]) {
    self.perClass = perClass
    mean = Row(
      values: Name.allCases.map { name in
        let known = perClass.map { $0[name] }.filter { $0 > -1 }
        return known.isEmpty ? -1 : known.reduce(0, +) / Double(known.count)
      })
  }
}

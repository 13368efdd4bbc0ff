import Numbers

/// The numbers that COCO's evaluation is defined by.
///
/// - Source: `Params.setDetParams` of pycocotools' cocoeval.py, whose floating-point steps are
///   followed, so that an overlap on a threshold falls on the same side.
enum COCORules {
  /// Overlaps from which a detection counts, ten from 0.5 to 0.95.
  static let overlaps: [Double] = evenly(from: 0.5, to: 0.95, count: 10)

  /// Recalls at which precision is read, 101 from 0 to 1.
  static let recalls: [Double] = evenly(from: 0, to: 1, count: 101)

  /// NumPy's `linspace`.
  private static func evenly(from first: Double, to last: Double, count: Int) -> [Double] {
    let step = (last - first) / Double(count - 1)
    return (0..<count).map { $0 == count - 1 ? last : Double($0) * step + first }
  }

  /// Areas in square pixels, both ends included: all, small, medium, large.
  static let areas: [ClosedRange<Double>] = [
    0...1e10, 0...(32 * 32), (32 * 32)...(96 * 96), (96 * 96)...1e10,
  ]

  /// At most so many detections of a class on an image.
  static let maximumDetections = [1, 10, 100]

  /// A bit for each area range and overlap: bit `area * overlaps.count + overlap`.
  static func bit(area: Int, overlap: Int) -> UInt64 {
    1 << UInt64(area * overlaps.count + overlap)
  }
}

import CBoxes
import Numbers

/// Non-maximum suppression: of overlapping boxes, the one with the highest score is kept.
///
/// Boxes are taken by falling score, of equal scores the earlier first. One that overlaps a kept one by
/// more than a share is left out; an overlap of exactly that share is not. A box without area overlaps
/// nothing, not even its equal.
///
///     Suppression.kept(
///       boxes: [0, 0, 10, 10, 1, 0, 11, 10, 50, 50, 60, 60], scores: [0.8, 0.9, 0.7], overlap: 0.5)
///     // [1, 2]
///
/// Time grows with the boxes times the kept ones, memory with the boxes.
///
/// - Source: equal to `torchvision.ops.nms`, index by index, float for float; with labels to
///   `batched_nms`. (Of up to 1,000 boxes torchvision shifts each class by an offset first, which
///   rounds: there an overlap on the very threshold may fall on the other side. Of more it leaves the
///   order of equal scores to chance.)
public enum Suppression {
  /// Returns the places of the boxes that stay, by falling score.
  ///
  /// - Parameters:
  ///   - boxes: [M, 4]: x1, y1, x2, y2.
  ///   - scores: [M].
  ///   - overlap: the shared area over that of both together, above which a box is left out.
  public static func kept(boxes: [Float], scores: [Float], overlap: Double) -> [Int32] {
    boxes.withUnsafeBufferPointer { boxes in
      scores.withUnsafeBufferPointer { kept(boxes: boxes, scores: $0, overlap: overlap) }
    }
  }

  /// Returns the places of the boxes that stay, by falling score; only boxes of one label suppress one
  /// another.
  public static func kept(
    boxes: [Float], scores: [Float], labels: [Int64], overlap: Double
  ) -> [Int32] {
    boxes.withUnsafeBufferPointer { boxes in
      scores.withUnsafeBufferPointer { scores in
        labels.withUnsafeBufferPointer {
          kept(boxes: boxes, scores: scores, labels: $0, overlap: overlap)
        }
      }
    }
  }

  /// Returns the places of the boxes that stay, by falling score, of boxes in caller-owned memory.
  public static func kept(
    boxes: UnsafeBufferPointer<Float>, scores: UnsafeBufferPointer<Float>, overlap: Double
  ) -> [Int32] {
    precondition(boxes.count == 4 * scores.count, "There must be four numbers for each score.")
    let order = ranking(scores)
    return suppressed(boxes, order, overlap).map { order[Int($0)] }
  }

  /// Returns the places of the boxes that stay, of boxes and labels in caller-owned memory.
  public static func kept(
    boxes: UnsafeBufferPointer<Float>, scores: UnsafeBufferPointer<Float>,
    labels: UnsafeBufferPointer<Int64>, overlap: Double
  ) -> [Int32] {
    precondition(
      boxes.count == 4 * scores.count && labels.count == scores.count,
      "There must be four numbers and a label for each score.")
    let order = ranking(scores)
    // Each label's boxes, still by falling score, and their places in the order of all.
    var groups: [Int64: Int] = [:]
    var members: [[Int32]] = []
    var ranks: [[Int32]] = []
    for (rank, box) in order.enumerated() {
      let label = labels[Int(box)]
      let group = groups[label] ?? members.count
      if group == members.count {
        groups[label] = group
        members.append([])
        ranks.append([])
      }
      members[group].append(box)
      ranks[group].append(Int32(rank))
    }
    var stays = [Bool](repeating: false, count: order.count)
    for (members, ranks) in zip(members, ranks) {
      for position in suppressed(boxes, members, overlap) {
        stays[Int(ranks[Int(position)])] = true
      }
    }
    return zip(order, stays).compactMap { $1 ? $0 : nil }
  }

  /// The places of scores by falling score, of equal ones the earlier first.
  private static func ranking(_ scores: UnsafeBufferPointer<Float>) -> [Int32] {
    // As whole numbers floats have the same order, once the negative ones are turned round; 0 and -0 are
    // one score. Sorting one word a box is several times faster than comparing by a closure.
    var keys = scores.enumerated().map { position, score in
      let bits = Int32(bitPattern: (score + 0).bitPattern)
      let rising = UInt32(bitPattern: bits ^ (bits >> 31 & .max)) ^ 0x8000_0000
      return UInt64(~rising) << 32 | UInt64(position)
    }
    keys.sort()
    return keys.map { Int32(truncatingIfNeeded: $0) }
  }

  /// The places in an order of the boxes that stay.
  private static func suppressed(
    _ boxes: UnsafeBufferPointer<Float>, _ order: [Int32], _ overlap: Double
  ) -> [Int32] {
    // A float is above the share where it is above the largest float that is not.
    let rounded = Float(overlap)
    let highest = Double(rounded) > overlap ? rounded.nextDown : rounded
    return withUnsafeTemporaryAllocation(of: Float.self, capacity: 5 * (order.count + 64)) { room in
      [Int32](unsafeUninitializedCapacity: order.count) { kept, count in
        guard let from = boxes.baseAddress, let room = room.baseAddress,
          let to = kept.baseAddress
        else { return }
        count = Int(cb_suppress(from, order, Int32(order.count), highest, room, to))
      }
    }
  }
}

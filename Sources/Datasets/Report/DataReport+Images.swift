import Foundation
import Numbers

extension DataReport {
  /// By how many times a side may be longer than the other, and the median side longer than a short one.
  private static let longestAspect = 4.0
  private static let smallestShare = 0.25

  /// Checks each image for itself: broken, blank, of another size or number of channels than most.
  static func images(_ context: Context) -> [Finding] {
    let seen = context.seen
    let broken =
      context.leftOut.map { image in
        Example(
          images: [
            Image(split: "", name: context.folder.removed(from: TarMember.shown(image.path)))
          ],
          text: image.fault.description)
      }
      + seen.indices.compactMap { position in
        seen[position].fault.map {
          Example(images: [context.named(position)], text: $0.description)
        }
      }
    let readable = seen.indices.filter { seen[$0].fault == nil }
    func described(_ position: Int) -> (position: Int, box: Int?, text: String) {
      (position, nil, "\(seen[position].width)x\(seen[position].height)")
    }
    let sides = readable.map { min(seen[$0].width, seen[$0].height) }.sorted()
    let median = sides.isEmpty ? 0 : sides[sides.count / 2]
    let small = readable.filter {
      Double(min(seen[$0].width, seen[$0].height)) < smallestShare * Double(median)
    }
    let long = readable.filter {
      let (short, long) = (
        min(seen[$0].width, seen[$0].height), max(seen[$0].width, seen[$0].height)
      )
      return Double(long) > longestAspect * Double(short)
    }
    let gray = readable.filter { seen[$0].channels == 1 }
    return [
      Finding(
        check: "broken", title: "images that cannot be read", count: broken.count,
        advice: "save them again, or remove them",
        examples: Array(broken.prefix(maximumExamples))),
      context.finding(
        "blank", "images of one color", "check whether something went wrong when they were saved",
        readable.filter { seen[$0].isBlank }.map(described)),
      context.finding(
        "small", "images much smaller than most",
        "their shorter side is below a quarter of the median (\(median) pixels): they are enlarged, "
          + "and blurred by it", small.map(described)),
      context.finding(
        "long", "images more than 4 times as long as wide",
        "much of them is cropped or shrunk; cut them up", long.map(described)),
      context.finding(
        "gray_among_color", "gray images among color images",
        "if one class or split has more of them than another, the model may use that",
        gray.count < readable.count ? gray.map(described) : []),
    ]
  }
}

import Boxes
import Evaluation
import Foundation
import Numbers
import Planning

/// An image twice, side by side: with what is on it, and with what a model found.
struct DetectionPicture {
  let picture: DetectionEvaluation.Picture
  let names: [String]
  /// Its place on the page, by which its pixels are named.
  let number: Int

  /// Colors by class, which can be distinguished on most photographs.
  private static let colors = [
    "#ff3b30", "#00c2ff", "#ffd60a", "#34c759", "#ff2dd4", "#ff9f0a", "#5e5ce6", "#b6ff00",
  ]

  /// Returns a figure; the pixels are in it once.
  func html(_ png: Data) -> String {
    let (width, height) = (picture.width, picture.height)
    let gap = max(4, width / 40)
    let name = escaped(URL(fileURLWithPath: picture.image).lastPathComponent)
    return """
      <figure class="found"><svg class="boxes" xmlns="http://www.w3.org/2000/svg" \
      viewBox="0 0 \(2 * width + gap) \(height)" role="img" aria-label="\(name)">
      <defs><image id="picture-\(number)" width="\(width)" height="\(height)" \
      preserveAspectRatio="none" href="data:image/png;base64,\(png.base64EncodedString())"/></defs>
      <use href="#picture-\(number)"/>
      \(picture.truth.map(drawn).joined(separator: "\n"))
      <g transform="translate(\(width + gap) 0)"><use href="#picture-\(number)"/>
      \(picture.detections.reversed().map(drawn).joined(separator: "\n"))</g>
      </svg><figcaption>\(name): \(escaped(caption))</figcaption></figure>
      """
  }

  /// `12 objects, 11 detections: 10 correct, 1 background, 2 missed`.
  private var caption: String {
    let objects = picture.truth.count { $0.kind != nil }
    let kinds = DetectionEvaluation.kinds.compactMap { kind -> String? in
      let boxes = kind == .missed ? picture.truth : picture.detections
      let count = boxes.count { $0.kind == kind }
      return count == 0 ? nil : "\(count) \(kind.displayName)"
    }
    return "\(objects) objects, \(picture.detections.count) detections"
      + (kinds.isEmpty ? "" : ": " + kinds.joined(separator: ", "))
  }

  private func drawn(_ shown: DetectionEvaluation.ShownBox) -> String {
    let color = Self.colors[shown.label % Self.colors.count]
    let name = names.indices.contains(shown.label) ? names[shown.label] : "\(shown.label)"
    let score = shown.score.map { " " + formatted($0, digits: 2) } ?? ""
    let kind = shown.kind.map { ", " + $0.displayName } ?? ", ignored"
    let style = shown.kind == .right ? "" : " stroke-dasharray=\"5 3\""
    let size = max(8, Double(picture.width) / 36)
    let box = shown.box.clipped(width: Double(picture.width), height: Double(picture.height))
    // A name stands above its box, or within where there is no room.
    let line = box.y > size * 1.1 ? box.y - size * 0.25 : box.y + size
    return """
      <g><title>\(escaped(name + score + kind))</title><rect x="\(pixel(box.x))" \
      y="\(pixel(box.y))" width="\(pixel(box.width))" height="\(pixel(box.height))" \
      stroke="\(color)"\(style)/><text x="\(pixel(box.x + 1))" y="\(pixel(line))" \
      font-size="\(pixel(size))" fill="\(color)">\(escaped(name + score))</text></g>
      """
  }

  private func pixel(_ value: Double) -> String { String(format: "%.1f", value) }
}

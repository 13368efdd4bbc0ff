import Foundation
import Numbers

/// An image that came with a request: as its body, in a form, or as base64 in JSON.
public struct UploadedImage: Sendable, Hashable {
  /// The image file's bytes.
  public let bytes: Data
  /// How it is called.
  public let name: String
  /// What is asked beside it, by name.
  public let options: [String: String]

  /// Takes the image out of a request.
  ///
  /// - Throws: the response that refuses it.
  public init(_ request: HTTPRequest) throws(HTTPResponse) {
    var options = request.query
    options["token"] = nil
    let header = request.headers["content-type"] ?? ""
    let type = header.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
    var name: String?
    switch type {
    case "multipart/form-data":
      let file = try Self.file(of: request.body, header, &options)
      (bytes, name) = (file.body, file.file)
    case "application/json":
      bytes = try Self.image(ofJSON: request.body, &options)
    case _ where Self.rawTypes.contains(type) || type.hasPrefix("image/"):
      bytes = request.body
    default:
      throw .failure(
        415,
        "The Content-Type \(type) is not supported; send an image as it is (image/jpeg), a form with a file "
          + "(multipart/form-data), or {\"image\": BASE64} (application/json).")
    }
    guard !bytes.isEmpty else {
      throw .failure(400, "The request has no image in it; send one as the body.")
    }
    if let given = options.removeValue(forKey: "name"), !given.isEmpty { name = given }
    self.name = name.flatMap { $0.isEmpty ? nil : $0 } ?? "image"
    // An empty field of a form is one that was not filled in.
    self.options = options.filter { !$0.value.isEmpty }
  }

  /// Types under which programs send an image as it is; the second is curl's for whatever it is given.
  private static let rawTypes = [
    "application/octet-stream", "application/x-www-form-urlencoded", "",
  ]

  private static func file(
    of body: Data, _ header: String, _ options: inout [String: String]
  ) throws(HTTPResponse) -> MultipartForm.Part {
    guard let boundary = MultipartForm.parameter("boundary", of: header),
      let form = MultipartForm(body, boundary: boundary)
    else { throw .failure(400, "The body is not a form of the boundary that its header names.") }
    let files = form.parts.filter { $0.file != nil }
    guard files.count == 1, let file = files.first else {
      throw .failure(400, "The form has \(files.count) files in it; send one image a request.")
    }
    for part in form.parts where part.file == nil {
      guard let text = String(validating: part.body, as: UTF8.self) else {
        throw .failure(400, "A field of the form is not UTF-8 text.")
      }
      options[part.name] = text
    }
    return file
  }

  private static func image(
    ofJSON body: Data, _ options: inout [String: String]
  ) throws(HTTPResponse) -> Data {
    guard let object = try? JSONText.read([String: Field].self, from: body) else {
      throw .failure(400, "The body is not an object of JSON whose values are texts and numbers.")
    }
    for (key, value) in object where key != "image" { options[key] = value.text }
    guard let text = object["image"]?.text else {
      throw .failure(400, "The object has no \"image\" with the image's bytes as base64.")
    }
    // As canvas.toDataURL of browsers gives it, or base64, which breaks its lines.
    let plain = text.hasPrefix("data:") ? text.drop { $0 != "," }.dropFirst() : text[...]
    guard let bytes = Data(base64Encoded: plain.filter { !$0.isWhitespace }) else {
      throw .failure(400, "\"image\" is not base64.")
    }
    return bytes
  }

  /// A text or a number of JSON, as a text.
  private struct Field: Decodable {
    let text: String

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let text = try? container.decode(String.self) {
        self.text = text
      } else {
        text = "\(try container.decode(Double.self))"
      }
    }
  }
}

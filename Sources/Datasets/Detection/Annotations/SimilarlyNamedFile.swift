import Files
import Foundation

/// Returns the file that lies where an image is missing, under its name and another ending; nil where there is none.
///
///     misnamed("3.jpg", annotatedBy: "cells/labels/3.txt")    // "cells/images/3.heic"
///
/// - Parameter image: a path, or a name alone of an image beside its annotation, or in the folder `images` beside
///   `labels`, as YOLO's format has it.
func similarlyNamedFile(_ image: String, annotatedBy file: String) -> String? {
  let name = (image as NSString).lastPathComponent
  let stem = (name as NSString).deletingPathExtension
  let own = parentFolder(of: file)
  let folders =
    image == name
    ? [own.replacing("labels", with: "images", maxReplacements: 1), own]
    : [parentFolder(of: image)]
  for folder in folders {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let found = names.sorted().first { other in
      (other as NSString).deletingPathExtension == stem && other != name
        && folder + "/" + other != file
    }
    if let found { return folder + "/" + found }
  }
  return nil
}

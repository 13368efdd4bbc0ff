/// What folders of images, masks and annotations are usually called, in lower case, the more usual first.
enum FolderNames {
  static let images = [
    "jpegimages", "images", "image", "imgs", "img", "data", "photos", "pictures",
  ]
  /// And of images beside their masks.
  static let imagesOfMasks = images + ["inputs", "input", "frames", "originals", "original", "rgb"]
  static let instances = ["instances", "instance"]
  /// Folders that hold masks by these names alone.
  static let masks = usualMasks + rarerMasks
  static let usualMasks = ["masks", "mask"] + instances + ["segmentationclass"]
  static let rarerMasks = [
    "gt", "groundtruth", "ground_truth", "segmentation", "segmentations", "seg", "segs", "trimaps", "trimap", "targets",
    "target", "outputs", "output",
  ]
  /// Folders that hold annotations of any kind.
  static let annotations = [
    "annotations", "annotation", "xmls", "xml", "anns", "ann", "labels", "label",
  ]
}

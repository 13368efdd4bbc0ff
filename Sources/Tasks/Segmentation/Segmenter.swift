import Datasets
import Torch

/// A network with all that it needs to say of each pixel of an image which class it belongs to.
struct Segmenter {
  /// Gives logits [N, C, H, W] for images [N, 3, H, W].
  let network: any Layer
  /// The classes that the network predicts.
  let outputs: Int
  let normalization: Normalization
  let tiling: Tiling
  /// Whether a prediction is the mean of those for an image and its mirror image.
  let flips: Bool
  let device: Device

  /// Returns the probabilities of each class for each pixel of an image, [C, H, W], on the processor.
  func probabilities(of image: ColorImage) -> Tensor {
    tiling.probabilities(
      of: image, classes: outputs,
      prepare: { normalization.images($0, shape: $1, on: device) },
      predict: { network.pixelProbabilities(of: $0, flipping: flips) })
  }
}

extension Layer {
  /// Returns the probabilities of the classes of pixels, [N, C, H, W].
  ///
  /// - Parameter flipping: whether they are the means over the images and their mirror images.
  func pixelProbabilities(of images: Tensor, flipping: Bool) -> Tensor {
    let own = self(images).to(.float32).softmax(dimension: 1)
    guard flipping else { return own }
    let mirrored = self(images.flipped(3).channelsLast()).to(.float32).softmax(dimension: 1)
    return (own + mirrored.flipped(3)) / 2
  }
}

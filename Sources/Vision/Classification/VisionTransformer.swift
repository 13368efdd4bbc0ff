import Torch

/// Vision transformers: an image as a sequence of patches, with self-attention in every block.
///
/// Patches of 16 (or 14) pixels are embedded; a class token stands before them, and position embeddings are added. Then
/// twelve pre-norm blocks of self-attention and an MLP four times as wide. The head reads the class token.
///
///     name                   patch    width     heads   positions of   parameters, 3 channels, 10 classes
///     vit-tiny-16            16       192       3       224 x 224       5,526,346
///     vit-small-16           16       384       6       224 x 224      21,669,514
///     vit-small-14-dinov2    14       384       6       518 x 518      22,060,042
///
/// Position embeddings are interpolated for images of other sizes. DINOv2's blocks have a layer scale, initialized to
/// 0.00001.
///
/// - Source: Dosovitskiy et al., *An Image Is Worth 16x16 Words* (2021), section 3.1; Steiner et al., *How to train
///   your ViT?* (2022) for Tiny and Small; Oquab et al., *DINOv2* (2023); as timm defines, names and initializes
///   `vit_tiny_patch16_224`, `vit_small_patch16_224` and `vit_small_patch14_dinov2`, with `dynamic_img_size`.
final class VisionTransformer: Layer, InitializableModule {
  /// What distinguishes the networks.
  struct Shape: Sendable {
    let patch, width, heads, image: Int
    var hasLayerScale = false

    /// The patches along a side of the images that the position embeddings are for.
    var grid: Int { image / patch }
  }

  private static let depth = 12

  private let shape: Shape
  private let clsToken, posEmbed: Parameter
  private let patchEmbed: Sequential
  private let blocks: [TransformerBlock]
  private let norm: LayerNorm
  private let dropout: Dropout
  private let head: Linear

  /// Creates the network.
  ///
  /// - Parameters:
  ///   - dropout: the probability with which the head's inputs are dropped in training.
  ///   - stochasticDepth: block *l* of *L*, counted from 0, is skipped in training with this times *l* / (*L* - 1).
  init(_ shape: Shape, channels: Int, classes: Int, dropout: Double, stochasticDepth: Double) {
    self.shape = shape
    clsToken = Parameter(.zeros([1, 1, shape.width]))
    posEmbed = Parameter(.zeros([1, 1 + shape.grid * shape.grid, shape.width]))
    patchEmbed = Sequential(named: [
      (
        "proj",
        Convolution(
          channels, shape.width, kernel: shape.patch, stride: shape.patch, padding: 0, bias: true,
          weights: .uniformFanIn, biases: .uniformFanIn)
      )
    ])
    blocks = (0..<Self.depth).map {
      TransformerBlock(
        shape, dropping: stochasticDepth * Double($0) / Double(Self.depth - 1))
    }
    norm = LayerNorm(shape.width, epsilon: 1e-6)
    self.dropout = Dropout(dropout)
    head = Linear(shape.width, classes, weights: .normal(0.02), biases: .zero)
  }

  /// Returns logits [N, classes] for images [N, channels, H, W] whose sides are multiples of the patch size.
  func callAsFunction(_ x: Tensor) -> Tensor {
    let patches = patchEmbed(x)
    let (rows, columns) = (patches.size(2), patches.size(3))
    let vectors = patches.reshaped([x.size(0), shape.width, rows * columns]).permuted([0, 2, 1])
    let token = clsToken.value
    let sequence =
      .concatenated([token.repeated(forEachOf: x), vectors.to(token.type)], along: 1)
      + positions(rows, columns)
    let seen = norm(blocks.reduce(sequence) { $1($0) })
    return head(dropout(seen.narrowed(1, from: 0, count: 1).flattened(from: 1)))
  }

  /// The position embeddings of the class token and of rows and columns of patches.
  private func positions(_ rows: Int, _ columns: Int) -> Tensor {
    let all = posEmbed.value
    let grid = shape.grid
    guard rows != grid || columns != grid else { return all }
    let squares = all.narrowed(1, from: 1, count: grid * grid)
      .reshaped([1, grid, grid, shape.width]).permuted([0, 3, 1, 2])
    let resized = resizeBicubic(squares, height: rows, width: columns)
      .permuted([0, 2, 3, 1]).reshaped([1, rows * columns, shape.width])
    return .concatenated([all.narrowed(1, from: 0, count: 1), resized], along: 1)
  }

  /// Initializes the class token and the position embeddings.
  func initialize(nextSeed: () -> UInt64) {
    for (parameter, deviation) in [(clsToken, 1e-6), (posEmbed, 0.02)] {
      parameter.value.copy(
        from: .normal(parameter.value.shape, deviation: deviation, seed: nextSeed()))
    }
  }

  static let entries = [
    entry(
      "vit-tiny-16", "vit-tiny-patch16-224", Shape(patch: 16, width: 192, heads: 3, image: 224)),
    entry(
      "vit-small-16", "vit-small-patch16-224", Shape(patch: 16, width: 384, heads: 6, image: 224)),
    entry(
      "vit-small-14-dinov2", "vit-small-patch14-dinov2",
      Shape(patch: 14, width: 384, heads: 6, image: 518, hasLayerScale: true)),
  ]

  private static func entry(_ name: String, _ alias: String, _ shape: Shape) -> ClassifierEntry {
    ClassifierEntry(
      name, aliases: [alias],
      (shape.hasLayerScale ? "Oquab et al. (2023)" : "Dosovitskiy et al. (2021)")
        + "; timm's weights fit",
      smallestImage: shape.patch, patch: shape.patch, positionedImage: shape.image, dropout: 0,
      stochasticDepth: 0, family: .transformer
    ) {
      VisionTransformer(
        shape, channels: $0.channels, classes: $0.classes, dropout: $0.dropout,
        stochasticDepth: $0.stochasticDepth)
    }
  }
}

/// A block of a transformer: self-attention, then an MLP for each token.
private final class TransformerBlock: Block {
  private let norm1: LayerNorm
  private let attn: Attention
  private let ls1: LayerScale?
  private let norm2: LayerNorm
  private let mlp: Sequential
  private let ls2: LayerScale?
  private let depth1, depth2: StochasticDepth

  init(_ shape: VisionTransformer.Shape, dropping: Double) {
    let width = shape.width
    norm1 = LayerNorm(width, epsilon: 1e-6)
    attn = Attention(width, heads: shape.heads)
    ls1 = shape.hasLayerScale ? LayerScale(width) : nil
    norm2 = LayerNorm(width, epsilon: 1e-6)
    mlp = Sequential(named: [
      ("fc1", linear(width, 4 * width)), ("", Function(gelu)), ("fc2", linear(4 * width, width)),
    ])
    ls2 = shape.hasLayerScale ? LayerScale(width) : nil
    (depth1, depth2) = (StochasticDepth(dropping), StochasticDepth(dropping))
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    let attended = attn(norm1(x))
    let x = x + depth1(ls1?(attended) ?? attended)
    let widened = mlp(norm2(x))
    return x + depth2(ls2?(widened) ?? widened)
  }
}

/// Multi-head self-attention among the tokens of an image.
private final class Attention: Layer {
  private let qkv, proj: Linear
  private let heads: Int

  init(_ width: Int, heads: Int) {
    qkv = linear(width, 3 * width)
    proj = linear(width, width)
    self.heads = heads
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    let (images, tokens, width) = (x.size(0), x.size(1), x.size(2))
    // [3, images, heads, tokens, numbers of a head]
    let all = qkv(x).reshaped([images, tokens, 3, heads, width / heads]).permuted([2, 0, 3, 1, 4])
    func part(_ index: Int) -> Tensor {
      all.narrowed(0, from: index, count: 1).reshaped([images, heads, tokens, width / heads])
    }
    let seen = attention(query: part(0), key: part(1), value: part(2))
    return proj(seen.permuted([0, 2, 1, 3]).reshaped([images, tokens, width]))
  }
}

/// Multiplies each channel by a parameter that is initialized near 0.
///
/// - Source: Touvron et al., *Going Deeper with Image Transformers* (2021), section 2.2.
private final class LayerScale: Layer, InitializableModule {
  private let gamma: Parameter

  init(_ width: Int) { gamma = Parameter(.zeros([width])) }

  func callAsFunction(_ x: Tensor) -> Tensor { x * gamma.value }

  func initialize(nextSeed: () -> UInt64) {
    gamma.value.copy(from: .full(gamma.value.shape, 1e-5))
  }
}

private func linear(_ inputs: Int, _ outputs: Int) -> Linear {
  Linear(inputs, outputs, weights: .normal(0.02), biases: .zero)
}

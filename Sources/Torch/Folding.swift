/// Batch norms that have been multiplied into the convolutions before them, for as long as a model is
/// evaluated: a convolution and one addition instead of two passes over the images.
///
/// Which convolution a batch norm follows is not declared anywhere: a model is watched at its work. A pair
/// is folded where the norm, and nothing else, reads the convolution's output whenever it runs, so that a
/// model of any form can be watched, and one without such pairs stays as it is.
///
///     let (logits, folding) = Folding.watching { model(images) }
///     let others = model(moreImages)    // the same to rounding, in less time
///     folding.undo()
///
/// - Source: Jacob et al., *Quantization and Training of Neural Networks* (2018), section 3.2; PyTorch's
///   `fuse_conv_bn_eval`.
public final class Folding {
  private let norms: [BatchNorm]
  private let convolutions: [Convolution]

  /// The number of batch norms that were folded.
  public var count: Int { norms.count }

  /// Lets a model work in evaluation mode and without gradient, and folds what it was seen to do.
  ///
  /// Undo it before the model is trained or its parameters change.
  public static func watching<Result>(
    _ body: () throws -> Result
  ) rethrows -> (result: Result, folding: Folding) {
    let watch = Watch()
    let result = try watch.whileWatching(body)
    return (result, withoutGradient { Folding(watch.pairs) })
  }

  private init(_ pairs: [(Convolution, BatchNorm)]) {
    var (norms, convolutions): ([BatchNorm], [Convolution]) = ([], [])
    for (convolution, norm) in pairs where !norm.isTraining {
      norm.folded = convolution.folded(with: norm)
      convolution.isFolded = true
      norms.append(norm)
      convolutions.append(convolution)
    }
    (self.norms, self.convolutions) = (norms, convolutions)
  }

  /// Takes the folded norms apart again; the model is as before, bit for bit.
  public func undo() {
    for norm in norms { norm.folded = nil }
    for convolution in convolutions { convolution.isFolded = false }
  }
}

/// Runs a model, and folds its batch norms the first time.
///
///     let folding = FoldingOnce()
///     let logits = folding { model(images) }
public final class FoldingOnce {
  private var folding: Folding?
  private let repeatsFirst: Bool

  /// Creates one that has folded nothing.
  ///
  /// - Parameter repeatsFirst: whether the first result is that of the folded model too, which then works twice. Of
  ///   processes that divide a list only the first one begins it as one process does.
  public init(repeatingFirst repeatsFirst: Bool = !ProcessGroup.isFirst) {
    self.repeatsFirst = repeatsFirst
  }

  /// Lets the model work in evaluation mode and without gradient.
  public func callAsFunction<Result>(_ body: () throws -> Result) rethrows -> Result {
    guard folding == nil else { return try body() }
    let (result, folding) = try Folding.watching(body)
    self.folding = folding
    return repeatsFirst ? try body() : result
  }

  /// Takes the folded norms apart again.
  public func undo() {
    folding?.undo()
    folding = nil
  }
}

/// A convolution with a batch norm in it.
struct FoldedConvolution {
  let weight: Tensor
  let bias: Tensor
  let geometry: ConvolutionGeometry

  /// Returns the convolution of x, with a shortcut added and cut off at 0 if wanted.
  func callAsFunction(_ x: Tensor, plus shortcut: Tensor? = nil, relu: Bool = false) -> Tensor {
    convolveAndAdd(x, weight, bias: bias, plus: shortcut, relu: relu, geometry)
  }
}

/// What a model was seen to do: which convolutions ran, and who read what came out of them.
final class Watch {
  private struct Use {
    let convolution: Convolution
    weak var output: Handle?
    var readers = 0
    var norm: BatchNorm?
  }

  private var uses: [Use] = []
  private var positions: [ObjectIdentifier: Int] = [:]
  private var normRuns: [ObjectIdentifier: Int] = [:]

  /// The convolutions whose output the same norm alone has read, each time, and the norm no other's.
  var pairs: [(Convolution, BatchNorm)] {
    let byConvolution = Dictionary(grouping: uses) { ObjectIdentifier($0.convolution) }
    return byConvolution.values.compactMap { uses in
      guard let first = uses.first, let norm = first.norm,
        uses.allSatisfy({ $0.norm === norm && $0.readers == 1 }),
        normRuns[ObjectIdentifier(norm)] == uses.count
      else { return nil }
      return (first.convolution, norm)
    }
  }

  func ran(_ convolution: Convolution, giving output: Tensor) {
    guard let handle = output.handle else { return }
    positions[ObjectIdentifier(handle)] = uses.count
    uses.append(Use(convolution: convolution, output: handle))
  }

  func ran(_ norm: BatchNorm, on input: Tensor) {
    normRuns[ObjectIdentifier(norm), default: 0] += 1
    if let index = use(of: input.handle) { uses[index].norm = norm }
  }

  func read(_ tensor: Tensor) {
    if let index = use(of: tensor.handle) { uses[index].readers += 1 }
  }

  /// The use whose output a handle is; another handle may have been made in the place of a freed one.
  private func use(of handle: Handle?) -> Int? {
    guard let handle, let index = positions[ObjectIdentifier(handle)],
      uses[index].output === handle
    else { return nil }
    return index
  }

  // MARK: Who is watching

  private static let watchers = ThreadValue<Watch>("rondo.torch.watch")

  /// The watch of this thread; nil, at once, where nobody watches.
  static var current: Watch? { watchers.current }

  func whileWatching<Result>(_ body: () throws -> Result) rethrows -> Result {
    try Self.watchers.with(self, body)
  }
}

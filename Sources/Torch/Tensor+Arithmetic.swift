import CTorch
import Numbers

// MARK: Operators

extension Tensor {
  /// Returns the sum, element by element, with broadcasting.
  public static func + (a: Tensor, b: Tensor) -> Tensor { binary("add", CT_ADD, a, b) }
  /// Returns the difference, element by element, with broadcasting.
  public static func - (a: Tensor, b: Tensor) -> Tensor { binary("subtract", CT_SUBTRACT, a, b) }
  /// Returns the product, element by element, with broadcasting.
  public static func * (a: Tensor, b: Tensor) -> Tensor { binary("multiply", CT_MULTIPLY, a, b) }
  /// Returns the quotient, element by element, with broadcasting.
  public static func / (a: Tensor, b: Tensor) -> Tensor { binary("divide", CT_DIVIDE, a, b) }

  /// Returns the tensor with a number added to each element.
  public static func + (a: Tensor, b: Double) -> Tensor { scalar("add", CT_ADD_SCALAR, a, b) }
  /// Returns the tensor with a number taken from each element.
  public static func - (a: Tensor, b: Double) -> Tensor { a + (-b) }
  /// Returns the tensor with each element multiplied by a number.
  public static func * (a: Tensor, b: Double) -> Tensor {
    scalar("multiply", CT_MULTIPLY_SCALAR, a, b)
  }
  /// Returns the tensor with each element multiplied by a number.
  public static func * (a: Double, b: Tensor) -> Tensor { b * a }
  /// Returns the tensor with each element divided by a number.
  public static func / (a: Tensor, b: Double) -> Tensor {
    scalar("divide", CT_DIVIDE_BY_SCALAR, a, b)
  }
  /// Returns the tensor with each sign flipped.
  public static prefix func - (a: Tensor) -> Tensor { unary("negate", CT_NEGATE, a) }
}

// MARK: Functions of each element

extension Tensor {
  /// Returns e to the power of each element.
  public func exponential() -> Tensor { unary("exp", CT_EXP, self) }
  /// Returns the natural logarithm of each element.
  public func logarithm() -> Tensor { unary("log", CT_LOG, self) }
  /// Returns the square root of each element.
  public func squareRoot() -> Tensor { unary("sqrt", CT_SQRT, self) }
  /// Returns the magnitude of each element.
  public func magnitude() -> Tensor { unary("abs", CT_ABS, self) }
  /// Returns each element raised to a power.
  public func power(_ exponent: Double) -> Tensor { scalar("power", CT_POWER, self, exponent) }
  /// Returns each element, or the bound where it is passed.
  public func clamped(from low: Double, to high: Double) -> Tensor {
    scalar("clamp above", CT_CLAMP_MAX, scalar("clamp below", CT_CLAMP_MIN, self, low), high)
  }
  /// Returns whether each element is a finite number.
  public func isFinite() -> Tensor { unary("is finite", CT_IS_FINITE, self) }
  /// Returns whether each element equals the other's, as bool.
  public func equal(_ other: Tensor) -> Tensor { binary("equal", CT_EQUAL, self, other) }
  /// Returns whether each element is below the other's, as bool.
  public func less(_ other: Tensor) -> Tensor { binary("less", CT_LESS, self, other) }
  /// Returns whether each element is above the other's, as bool.
  public func greater(_ other: Tensor) -> Tensor { binary("greater", CT_GREATER, self, other) }
  /// Returns whether each element is above a number, as bool.
  public func greater(_ bound: Double) -> Tensor {
    scalar("greater", CT_GREATER_SCALAR, self, bound)
  }
  /// Returns the larger of two elements, element by element, with broadcasting.
  public func maximum(_ other: Tensor) -> Tensor { binary("maximum", CT_MAXIMUM, self, other) }
  /// Returns the smaller of two elements, element by element, with broadcasting.
  public func minimum(_ other: Tensor) -> Tensor { binary("minimum", CT_MINIMUM, self, other) }
  /// Returns this tensor's elements where a bool tensor is true, and another's elsewhere.
  public func chosen(where condition: Tensor, else other: Tensor) -> Tensor {
    call("where", all: [condition, self, other]) { ct_where($0[0], $0[1], $0[2], $1, $2) }
  }
}

// MARK: Sums and extremes

extension Tensor {
  /// Returns the matrix product over the last two dimensions.
  public func matmul(_ other: Tensor) -> Tensor { binary("matmul", CT_MATMUL, self, other) }
  /// Returns the sum of all elements.
  public func sum() -> Tensor { unary("sum", CT_SUM_ALL, self) }
  /// Returns the mean of all elements.
  public func mean() -> Tensor { unary("mean", CT_MEAN_ALL, self) }
  /// Returns the largest element.
  public func max() -> Tensor { unary("max", CT_MAX_ALL, self) }
  /// Returns the smallest element.
  public func min() -> Tensor { unary("min", CT_MIN_ALL, self) }
  /// Returns the sum over some dimensions.
  public func sum(over dimensions: [Int], keeping: Bool = false) -> Tensor {
    reduce("sum", CT_SUM, dimensions, keeping)
  }
  /// Returns the mean over some dimensions.
  public func mean(over dimensions: [Int], keeping: Bool = false) -> Tensor {
    reduce("mean", CT_MEAN, dimensions, keeping)
  }
  /// Returns the largest elements over some dimensions.
  public func max(over dimensions: [Int], keeping: Bool = false) -> Tensor {
    reduce("max", CT_MAX, dimensions, keeping)
  }
  /// Returns the smallest elements over some dimensions.
  public func min(over dimensions: [Int], keeping: Bool = false) -> Tensor {
    reduce("min", CT_MIN, dimensions, keeping)
  }
  /// Returns the index of the largest element along a dimension, as int64.
  public func argmax(dimension: Int) -> Tensor {
    call("argmax", self, with: .dimension(dimension)) { ct_argmax($0, Int64(dimension), $1, $2) }
  }
  /// Returns the probabilities that the elements along a dimension are the logits of.
  public func softmax(dimension: Int) -> Tensor {
    call("softmax", self, with: .dimension(dimension)) {
      ct_softmax($0, Int64(dimension), 0, $1, $2)
    }
  }
  /// Returns the logarithms of `softmax(dimension:)`.
  public func logSoftmax(dimension: Int) -> Tensor {
    call("log softmax", self, with: .dimension(dimension)) {
      ct_softmax($0, Int64(dimension), 1, $1, $2)
    }
  }

  private func reduce(
    _ name: StaticString, _ operation: ct_reduction, _ dimensions: [Int], _ keeping: Bool
  ) -> Tensor {
    dimensions.withSizes { dims, count in
      call(name, self, with: .reduction(dimensions, keeping: keeping)) {
        ct_reduce(operation, $0, dims, count, keeping ? 1 : 0, $1, $2)
      }
    }
  }
}

// MARK: Shapes, types and places

extension Tensor {
  /// Returns the elements in another shape; one length may be -1, to be worked out.
  public func reshaped(_ shape: [Int]) -> Tensor {
    shape.withSizes { sizes, rank in
      call("reshape", self, with: .shape(shape)) { ct_reshape($0, sizes, rank, $1, $2) }
    }
  }
  /// Returns the tensor with all dimensions from one on joined.
  public func flattened(from dimension: Int = 0) -> Tensor {
    reshaped(Array(shape.prefix(dimension)) + [-1])
  }
  /// Returns the tensor with its dimensions in another order.
  public func permuted(_ dimensions: [Int]) -> Tensor {
    dimensions.withSizes { dims, rank in
      call("permute", self, with: .order(dimensions)) { ct_permute($0, dims, rank, $1, $2) }
    }
  }
  /// Returns the part of the tensor from `start` on along a dimension, sharing its storage.
  public func narrowed(_ dimension: Int, from start: Int, count: Int) -> Tensor {
    call("narrow", self, with: .part(dimension: dimension, start: start, count: count)) {
      ct_narrow($0, Int64(dimension), Int64(start), Int64(count), $1, $2)
    }
  }
  /// Returns the tensor with a dimension of length 1 inserted.
  public func unsqueezed(_ dimension: Int) -> Tensor {
    call("unsqueeze", self, with: .dimension(dimension)) {
      ct_unsqueeze($0, Int64(dimension), $1, $2)
    }
  }
  /// Returns the tensor mirrored along a dimension.
  public func flipped(_ dimension: Int) -> Tensor {
    call("flip", self, with: .dimension(dimension)) { ct_flip($0, Int64(dimension), $1, $2) }
  }
  /// Returns the rows (entries of the first dimension) that an int64 tensor [K] names.
  public func rows(_ indices: Tensor) -> Tensor {
    binary("rows", CT_INDEX_ROWS, self, indices)
  }
  /// Returns tensors joined along a dimension that they have.
  public static func concatenated(_ tensors: [Tensor], along dimension: Int = 0) -> Tensor {
    call("concatenate", all: tensors, with: .dimension(dimension)) {
      ct_concatenate($0, Int32(tensors.count), Int64(dimension), 0, $1, $2)
    }
  }
  /// Returns the tensor [1, ...] as often as others, [N, ...], have entries: [N, ...].
  public func repeated(forEachOf others: Tensor) -> Tensor {
    Recording.asOne("repeat", [self, others]) {
      self + .zeros([others.size(0)] + shape.dropFirst().map { _ in 1 }, type: type, device: device)
    }
  }
  /// Returns tensors of one shape joined along a new first dimension.
  public static func stacked(_ tensors: [Tensor]) -> Tensor {
    call("stack", all: tensors) { ct_concatenate($0, Int32(tensors.count), 0, 1, $1, $2) }
  }
  /// Returns the elements converted to another type; the same tensor if they have it.
  public func to(_ type: DataType) -> Tensor { to(device, type) }
  /// Returns the tensor on another device; the same tensor if it is there.
  public func to(_ device: Device) -> Tensor { to(device, type) }

  private func to(_ device: Device, _ type: DataType) -> Tensor {
    call("conversion", self, with: .type(type)) {
      ct_to($0, type.rawValue, device.kind.rawValue, Int32(device.index), $1, $2)
    }
  }
  /// Returns the elements in row-major order of memory.
  public func contiguous() -> Tensor { unary("contiguous", CT_CONTIGUOUS, self) }
  /// Returns images [N, C, H, W] with the channels of a pixel next to one another in memory.
  public func channelsLast() -> Tensor { unary("channels last", CT_CHANNELS_LAST, self) }
  /// Returns the same storage without the graph that led to it.
  public func detached() -> Tensor { unary("detach", CT_DETACH, self) }
  /// Returns a copy with storage of its own.
  public func clone() -> Tensor { unary("clone", CT_CLONE, self) }
  /// Moves the elements of some tensors towards those of others by a share of the way, in place and
  /// without gradient.
  public static func move(_ tensors: [Tensor], towards others: [Tensor], by share: Double) {
    precondition(tensors.count == others.count, "Both lists must have the same number of tensors.")
    effect("move", all: tensors + others) {
      ct_move_towards($0, $0 + tensors.count, Int32(tensors.count), share, $1)
    }
  }
  /// Overwrites the elements with those of a tensor of the same shape.
  public func copy(from other: Tensor) {
    effect("copy", all: [self, other]) { ct_copy_into($0[0], $0[1], $1) }
  }
}

// MARK: Calling the shim

private func unary(_ name: StaticString, _ operation: ct_unary_op, _ a: Tensor) -> Tensor {
  call(name, a) { ct_unary(operation, $0, $1, $2) }
}

private func binary(
  _ name: StaticString, _ operation: ct_binary_op, _ a: Tensor, _ b: Tensor
) -> Tensor {
  call(name, a, b) { ct_binary(operation, $0, $1, $2, $3) }
}

private func scalar(
  _ name: StaticString, _ operation: ct_scalar_op, _ a: Tensor, _ b: Double
) -> Tensor {
  call(name, a, with: .number(b)) { ct_scalar(operation, $0, b, $1, $2) }
}

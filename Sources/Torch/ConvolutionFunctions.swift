import CTorch
import Numbers

/// Returns the two-dimensional convolution of images.
///
/// - Parameters:
///   - x: images, [N, C, H, W].
///   - weight: filters, [K, C / groups, R, S].
///   - bias: one number a filter, [K], or none.
public func convolve(
  _ x: Tensor, _ weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0,
  dilation: Int = 1, groups: Int = 1
) -> Tensor {
  convolve(
    x, weight, bias: bias,
    ConvolutionGeometry(
      stride: stride, padding: (padding, padding), dilation: dilation, groups: groups))
}

/// How a convolution's filters go over an image.
struct ConvolutionGeometry {
  let stride: Int
  /// What is added before and behind an image's rows, and its columns.
  let padding: (rows: Int, columns: Int)
  let dilation, groups: Int
  /// Whether it is added as TensorFlow does it instead: less before than behind, where it is odd.
  var paddedAtEnd = false
}

func convolve(
  _ x: Tensor, _ weight: Tensor, bias: Tensor?, _ geometry: ConvolutionGeometry
) -> Tensor {
  let (x, geometry) = geometry.padded(x, for: weight)
  return call("convolution", all: [x, weight, bias], with: geometry.parameters) {
    tensors, out, message in
    geometry.withNumbers { stride, padding, dilation, groups in
      ct_convolve(
        tensors[0], tensors[1], tensors[2], stride, padding, dilation, groups, out, message)
    }
  }
}

/// Returns the convolution of images with a shortcut added, cut off at 0 if wanted; only where no
/// gradient is.
func convolveAndAdd(
  _ x: Tensor, _ weight: Tensor, bias: Tensor, plus shortcut: Tensor?, relu: Bool,
  _ geometry: ConvolutionGeometry
) -> Tensor {
  let (x, geometry) = geometry.padded(x, for: weight)
  return call("convolution and addition", all: [x, weight, bias, shortcut]) {
    tensors, out, message in
    geometry.withNumbers { stride, padding, dilation, groups in
      ct_convolve_add(
        tensors[0], tensors[1], tensors[2], tensors[3], relu ? 1 : 0, stride, padding, dilation,
        groups, out, message)
    }
  }
}

extension ConvolutionGeometry {
  /// Returns an image with what TensorFlow's padding "same" has behind it more than before it, and how the
  /// filters go over that.
  fileprivate func padded(_ x: Tensor, for weight: Tensor) -> (Tensor, ConvolutionGeometry) {
    guard paddedAtEnd, x.rank == 4 else { return (x, self) }
    let reach = (weight.size(3) - 1) * dilation + 1
    func total(_ side: Int) -> Int {
      max(0, (side + stride - 1) / stride * stride - stride + reach - side)
    }
    let (rows, columns) = (total(x.size(2)), total(x.size(3)))
    let geometry = ConvolutionGeometry(
      stride: stride, padding: (rows / 2, columns / 2), dilation: dilation, groups: groups)
    if rows % 2 == 0, columns % 2 == 0 { return (x, geometry) }
    return (Torch.paddedAtEnd(x, rows: rows % 2, columns: columns % 2), geometry)
  }

  fileprivate var parameters: OperationParameters {
    .filters(stride: stride, padding: padding, dilation: dilation, groups: groups)
  }

  fileprivate func withNumbers(
    _ body: (UnsafePointer<Int64>, UnsafePointer<Int64>, UnsafePointer<Int64>, Int64) -> Int32
  ) -> Int32 {
    withPair((Int64(stride), Int64(stride))) { stride in
      withPair((Int64(padding.rows), Int64(padding.columns))) { padding in
        withPair((Int64(dilation), Int64(dilation))) { dilation in
          body(stride, padding, dilation, Int64(groups))
        }
      }
    }
  }
}

private func withPair(_ pair: (Int64, Int64), _ body: (UnsafePointer<Int64>) -> Int32) -> Int32 {
  withUnsafeBytes(of: pair) { bytes in
    guard let base = bytes.bindMemory(to: Int64.self).baseAddress else { return 1 }
    return body(base)
  }
}

/// Returns images [N, C, H, W] with rows of zeros below them, and columns to their right.
public func paddedAtEnd(_ x: Tensor, rows: Int, columns: Int) -> Tensor {
  call("padding", x, with: .size(height: rows, width: columns)) {
    ct_pad_end($0, Int64(rows), Int64(columns), $1, $2)
  }
}

/// Returns the transposed convolution of images, which makes them larger.
///
/// - Parameters:
///   - x: images, [N, C, H, W].
///   - weight: filters, [C, K, R, R].
///   - bias: one number a filter, [K], or none.
///   - stride: by which factor images grow.
public func convolveTransposed(
  _ x: Tensor, _ weight: Tensor, bias: Tensor? = nil, stride: Int
) -> Tensor {
  call(
    "transposed convolution", all: [x, weight, bias],
    with: .filters(stride: stride, padding: (0, 0), dilation: 1, groups: 1)
  ) {
    ct_convolve_transposed($0[0], $0[1], $0[2], Int64(stride), $1, $2)
  }
}

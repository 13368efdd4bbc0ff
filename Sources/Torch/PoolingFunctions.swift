import CTorch
import Numbers

/// Returns images [N, C, H, W] in the size of others, each pixel as the nearest above and to the left of it.
public func upsampleNearest(_ x: Tensor, toSizeOf other: Tensor) -> Tensor {
  Recording.asOne("upsampling", [x, other]) {
    let (height, width) = (Int64(other.size(2)), Int64(other.size(3)))
    return call("upsampling", x) { ct_upsample_nearest($0, height, width, $1, $2) }
  }
}

/// Returns the largest value of each window of images [N, C, H, W].
///
/// - Parameter coversEdges: whether pixels that fill no whole window get a cut one (PyTorch's `ceil_mode`).
public func maxPool(
  _ x: Tensor, kernel: Int, stride: Int? = nil, padding: Int = 0, coversEdges: Bool = false
) -> Tensor {
  call(
    "max pool", x,
    with: .windows(
      kernel: kernel, stride: stride ?? kernel, padding: padding, coversEdges: coversEdges)
  ) {
    ct_max_pool(
      $0, Int64(kernel), Int64(stride ?? kernel), Int64(padding), coversEdges ? 1 : 0, $1, $2)
  }
}

/// Returns the mean of each window of images [N, C, H, W].
///
/// - Parameter coversEdges: whether pixels that fill no whole window get a cut one (PyTorch's `ceil_mode`).
public func averagePool(
  _ x: Tensor, kernel: Int, stride: Int? = nil, padding: Int = 0, coversEdges: Bool = false
) -> Tensor {
  call(
    "average pool", x,
    with: .windows(
      kernel: kernel, stride: stride ?? kernel, padding: padding, coversEdges: coversEdges)
  ) {
    ct_average_pool(
      $0, Int64(kernel), Int64(stride ?? kernel), Int64(padding), coversEdges ? 1 : 0, $1, $2)
  }
}

/// Returns images [N, C, H, W] averaged down to `size` by `size` pixels.
public func adaptiveAveragePool(_ x: Tensor, size: Int = 1) -> Tensor {
  call("adaptive average pool", x, with: .size(height: size, width: size)) {
    ct_adaptive_average_pool($0, Int64(size), $1, $2)
  }
}

/// Returns images [N, C, H, W] in the size of others, interpolated between their pixels' centers.
public func resizeBilinear(_ x: Tensor, toSizeOf other: Tensor) -> Tensor {
  Recording.asOne("resizing", [x, other]) {
    let (height, width) = (Int64(other.size(2)), Int64(other.size(3)))
    return call("resizing", x) { ct_resize_bilinear($0, height, width, $1, $2) }
  }
}

/// Returns images [N, C, H, W] in another size, by cubic interpolation that averages where they become smaller.
///
/// - Source: as PyTorch's `interpolate` with `mode="bicubic", antialias=True`.
public func resizeBicubic(_ x: Tensor, height: Int, width: Int) -> Tensor {
  call("bicubic resizing", x) { ct_resize_bicubic($0, Int64(height), Int64(width), $1, $2) }
}

import CTorch

/// Returns each element, or 0 where it is negative.
public func relu(_ x: Tensor) -> Tensor { call("relu", x) { ct_unary(CT_RELU, $0, $1, $2) } }

/// Returns each element, or 0 where it is negative, or 6 where it is above 6.
///
/// - Source: Howard et al., *MobileNets* (2017), as TensorFlow's `relu6`.
public func relu6(_ x: Tensor) -> Tensor { call("relu6", x) { ct_unary(CT_RELU6, $0, $1, $2) } }

/// Returns each element, or 0 where it is negative, or a ceiling where it is above that.
func relu(_ x: Tensor, ceiling: Double) -> Tensor {
  switch ceiling {
  case .infinity: relu(x)
  case 6: relu6(x)
  default: x.clamped(from: 0, to: ceiling)
  }
}

/// Returns x * sigmoid(x) of each element.
///
/// - Source: Elfwing et al., *Sigmoid-Weighted Linear Units* (2018); called swish by Ramachandran et al. (2017).
public func silu(_ x: Tensor) -> Tensor { call("silu", x) { ct_unary(CT_SILU, $0, $1, $2) } }

/// Returns the logistic function of each element.
public func sigmoid(_ x: Tensor) -> Tensor {
  call("sigmoid", x) { ct_unary(CT_SIGMOID, $0, $1, $2) }
}

/// Returns min(max(x + 3, 0), 6) / 6 of each element.
///
/// - Source: Howard et al., *Searching for MobileNetV3* (2019), section 5.2.
public func hardSigmoid(_ x: Tensor) -> Tensor {
  call("hard sigmoid", x) { ct_unary(CT_HARD_SIGMOID, $0, $1, $2) }
}

/// Returns x * hardSigmoid(x) of each element.
///
/// - Source: Howard et al., *Searching for MobileNetV3* (2019), section 5.2.
public func hardSwish(_ x: Tensor) -> Tensor {
  call("hard swish", x) { ct_unary(CT_HARD_SWISH, $0, $1, $2) }
}

/// Returns the Gaussian error linear unit of each element.
public func gelu(_ x: Tensor) -> Tensor { call("gelu", x) { ct_unary(CT_GELU, $0, $1, $2) } }

/// Returns log(1 + e^x) of each element, which is x itself where x is above 20.
public func softplus(_ x: Tensor) -> Tensor {
  call("softplus", x) { ct_unary(CT_SOFTPLUS, $0, $1, $2) }
}

import CTorch

/// Returns the ReLU of each element: max(x, 0).
public func relu(_ x: Tensor) -> Tensor { call("relu", x) { ct_unary(CT_RELU, $0, $1, $2) } }

/// Returns the ReLU6 of each element: min(max(x, 0), 6).
///
/// - Source: Howard et al., *MobileNets* (2017), as TensorFlow's `relu6`.
public func relu6(_ x: Tensor) -> Tensor { call("relu6", x) { ct_unary(CT_RELU6, $0, $1, $2) } }

/// Returns the ReLU of each element, clipped at a ceiling: min(max(x, 0), ceiling).
func relu(_ x: Tensor, ceiling: Double) -> Tensor {
  switch ceiling {
  case .infinity: relu(x)
  case 6: relu6(x)
  default: x.clamped(from: 0, to: ceiling)
  }
}

/// Returns the SiLU of each element: x * sigmoid(x).
///
/// - Source: Elfwing et al., *Sigmoid-Weighted Linear Units* (2018); called swish by Ramachandran et al. (2017).
public func silu(_ x: Tensor) -> Tensor { call("silu", x) { ct_unary(CT_SILU, $0, $1, $2) } }

/// Returns the logistic function of each element.
public func sigmoid(_ x: Tensor) -> Tensor {
  call("sigmoid", x) { ct_unary(CT_SIGMOID, $0, $1, $2) }
}

/// Returns the hard sigmoid of each element: min(max(x + 3, 0), 6) / 6.
///
/// - Source: Howard et al., *Searching for MobileNetV3* (2019), section 5.2.
public func hardSigmoid(_ x: Tensor) -> Tensor {
  call("hard sigmoid", x) { ct_unary(CT_HARD_SIGMOID, $0, $1, $2) }
}

/// Returns the hard swish of each element: x * hardSigmoid(x).
///
/// - Source: Howard et al., *Searching for MobileNetV3* (2019), section 5.2.
public func hardSwish(_ x: Tensor) -> Tensor {
  call("hard swish", x) { ct_unary(CT_HARD_SWISH, $0, $1, $2) }
}

/// Returns the Gaussian error linear unit of each element.
public func gelu(_ x: Tensor) -> Tensor { call("gelu", x) { ct_unary(CT_GELU, $0, $1, $2) } }

/// Returns the softplus of each element: log(1 + e^x), which is x itself where x is above 20.
public func softplus(_ x: Tensor) -> Tensor {
  call("softplus", x) { ct_unary(CT_SOFTPLUS, $0, $1, $2) }
}

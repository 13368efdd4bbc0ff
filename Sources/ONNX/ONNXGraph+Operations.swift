import Torch

extension ONNXGraph {
  /// Adds the nodes of a recorded operation, and returns its value's name.
  ///
  /// - Parameter images: the number of images with which it was recorded.
  func value(of step: Recording.Step, images: Int) throws -> String {
    let x = step.inputs.first.flatMap { $0 } ?? step.output
    /// The name of an input's value; nil where there is none.
    func input(_ index: Int) -> String? {
      step.inputs.indices.contains(index) ? step.inputs[index].map(value) : nil
    }
    let inputs = step.inputs.map { $0.map(value) ?? "" }
    func node(_ operation: String, _ attributes: (String, Attribute)...) -> String {
      self.node(operation, inputs, attributes)
    }
    func unary(_ operation: String, _ attributes: (String, Attribute)...) -> String {
      self.node(operation, [value(x)], attributes)
    }
    switch (step.operation, step.parameters) {
    // Numbers, one by one.
    case ("add", .none): return node("Add")
    case ("subtract", .none): return node("Sub")
    case ("multiply", .none): return node("Mul")
    case ("divide", .none): return node("Div")
    case ("maximum", .none): return node("Max")
    case ("minimum", .none): return node("Min")
    case ("negate", .none): return node("Neg")
    case ("exp", .none): return node("Exp")
    case ("log", .none): return node("Log")
    case ("sqrt", .none): return node("Sqrt")
    case ("abs", .none): return node("Abs")
    case ("relu", .none): return node("Relu")
    case ("sigmoid", .none): return node("Sigmoid")
    case ("softplus", .none): return node("Softplus")
    case ("gelu", .none): return node("Gelu")
    case ("hard swish", .none): return node("HardSwish")
    case ("hard sigmoid", .none):
      return node("HardSigmoid", ("alpha", .float(1 / 6)), ("beta", .float(0.5)))
    case ("silu", .none): return self.node("Mul", [value(x), node("Sigmoid")])
    case ("relu6", .none): return self.node("Clip", [value(x), constant(0), constant(6)])
    case ("add", .number(let number)): return self.node("Add", [value(x), constant(number)])
    case ("multiply", .number(let number)): return self.node("Mul", [value(x), constant(number)])
    case ("divide", .number(let number)): return self.node("Div", [value(x), constant(number)])
    case ("power", .number(let number)): return self.node("Pow", [value(x), constant(number)])
    case ("clamp below", .number(let number)):
      return number == -.infinity ? value(x) : self.node("Clip", [value(x), constant(number)])
    case ("clamp above", .number(let number)):
      return number == .infinity ? value(x) : self.node("Clip", [value(x), "", constant(number)])
    case ("conversion", .type(let type)):
      return type == x.type ? value(x) : unary("Cast", ("to", .int(type.onnxNumber)))
    case ("contiguous", .none), ("channels last", .none), ("detach", .none), ("clone", .none):
      return value(x)

    // Shapes and places.
    case ("reshape", .shape(let shape)):
      return self.node("Reshape", [value(x), constant(try batchShape(shape, of: x, images, step))])
    case ("permute", .order(let order)): return unary("Transpose", ("perm", .ints(order)))
    case ("unsqueeze", .dimension(let dimension)):
      return self.node("Unsqueeze", [value(x), constant([dimension])])
    case ("concatenate", .dimension(let dimension)):
      return node("Concat", ("axis", .int(dimension)))
    case ("narrow", .part(let dimension, let start, let count)):
      return slice(value(x), dimension, from: start, to: start + count)
    case ("flip", .dimension(let dimension)):
      return self.node(
        "Slice",
        [value(x), constant([-1]), constant([Int.min]), constant([dimension]), constant([-1])])
    case ("repeat", .none):
      let count = self.node(
        "Shape", [value(step.inputs[1] ?? x)], [("start", .int(0)), ("end", .int(1))])
      let shape = self.node(
        "Concat", [count, constant(Array(x.shape.dropFirst()))], [("axis", .int(0))])
      return self.node("Expand", [value(x), shape])
    case ("padding", .size(let rows, let columns)):
      return self.node("Pad", [value(x), constant([0, 0, 0, 0, 0, 0, rows, columns])])

    // Sums, extremes and products.
    case ("softmax", .dimension(let dimension)): return node("Softmax", ("axis", .int(dimension)))
    case ("log softmax", .dimension(let dimension)):
      return node("LogSoftmax", ("axis", .int(dimension)))
    case ("mean", .reduction(let dimensions, let keeping)):
      return reduction("ReduceMean", value(x), dimensions, keeping)
    case ("sum", .reduction(let dimensions, let keeping)):
      return reduction("ReduceSum", value(x), dimensions, keeping)
    case ("max", .reduction(let dimensions, let keeping)):
      return reduction("ReduceMax", value(x), dimensions, keeping)
    case ("min", .reduction(let dimensions, let keeping)):
      return reduction("ReduceMin", value(x), dimensions, keeping)
    case ("matmul", .none): return node("MatMul")
    case ("linear", .none):
      guard x.rank != 2 else { return node("Gemm", ("transB", .int(1))) }
      let matrix = self.node("Transpose", [inputs[1]], [("perm", .ints([1, 0]))])
      let product = self.node("MatMul", [inputs[0], matrix])
      return input(2).map { self.node("Add", [product, $0]) } ?? product
    case ("attention", .none):
      let keys = self.node("Transpose", [inputs[1]], [("perm", .ints([0, 1, 3, 2]))])
      let scale = constant(1 / Double(x.size(3)).squareRoot())
      let matches = self.node("Mul", [self.node("MatMul", [inputs[0], keys]), scale])
      return self.node(
        "MatMul", [self.node("Softmax", [matches], [("axis", .int(-1))]), inputs[2]])

    // Images.
    case ("convolution", .filters(let stride, let padding, let dilation, let groups)):
      return self.node(
        "Conv", inputs.filter { !$0.isEmpty },
        [
          ("strides", .ints([stride, stride])),
          ("pads", .ints([padding.rows, padding.columns, padding.rows, padding.columns])),
          ("dilations", .ints([dilation, dilation])), ("group", .int(groups)),
        ])
    case ("transposed convolution", .filters(let stride, _, _, _)):
      return self.node(
        "ConvTranspose", inputs.filter { !$0.isEmpty }, [("strides", .ints([stride, stride]))])
    case ("max pool", .windows(let kernel, let stride, let padding, let coversEdges)):
      let more = coversEdges ? edges(of: x, kernel, stride, padding) : (0, 0)
      return unary(
        "MaxPool", ("kernel_shape", .ints([kernel, kernel])), ("strides", .ints([stride, stride])),
        ("pads", .ints([padding, padding, padding + more.0, padding + more.1])))
    case ("average pool", .windows(let kernel, let stride, let padding, let coversEdges)):
      let more = coversEdges ? edges(of: x, kernel, stride, padding) : (0, 0)
      // PyTorch counts its padding, and not the pixels that windows reach beyond it.
      guard padding == 0 || more == (0, 0) else { throw ONNXError.lacks(operation: step.operation) }
      return unary(
        "AveragePool", ("kernel_shape", .ints([kernel, kernel])),
        ("strides", .ints([stride, stride])),
        ("pads", .ints([padding, padding, padding + more.0, padding + more.1])),
        ("count_include_pad", .int(padding > 0 ? 1 : 0)))
    case ("adaptive average pool", .size(let height, let width)):
      if height == 1, width == 1 { return reduction("ReduceMean", value(x), [2, 3], true) }
      let rows = constant(averaging(x.size(2), height))
      let columns = constant(averaging(x.size(3), width).permuted([1, 0]).contiguous())
      return self.node("MatMul", [self.node("MatMul", [rows, value(x)]), columns])
    case ("upsampling", .none):
      return resized(inputs, "nearest", "asymmetric", [("nearest_mode", .string("floor"))])
    case ("resizing", .none): return resized(inputs, "linear", "half_pixel", [])
    case ("batch norm", .norm(let epsilon, let ceiling)):
      // With a ReLU there is the shortcut's place between the parameters and the statistics.
      let shortcut = ceiling == nil ? nil : input(3)
      let parameters = Array(inputs.prefix(3) + inputs.suffix(2))
      let normalized = self.node("BatchNormalization", parameters, [("epsilon", .float(epsilon))])
      guard let ceiling else { return normalized }
      let sum = shortcut.map { self.node("Add", [normalized, $0]) } ?? normalized
      guard ceiling < .infinity else { return self.node("Relu", [sum]) }
      return self.node("Clip", [sum, constant(0), constant(ceiling)])
    case ("layer norm", .norm(let epsilon, _)):
      return node("LayerNormalization", ("axis", .int(-1)), ("epsilon", .float(epsilon)))
    case ("group norm", .groups(let groups, let epsilon)):
      return groupNorm(x, inputs, groups: groups, epsilon: epsilon)
    default: throw ONNXError.lacks(operation: step.operation)
    }
  }

  // MARK: Operations of several nodes

  func slice(_ value: String, _ dimension: Int, from start: Int, to end: Int) -> String {
    node("Slice", [value, constant([start]), constant([end]), constant([dimension])])
  }

  private func reduction(
    _ operation: String, _ value: String, _ dimensions: [Int], _ keeping: Bool
  ) -> String {
    node(operation, [value, constant(dimensions)], [("keepdims", .int(keeping ? 1 : 0))])
  }

  /// The shape that a tensor takes, whatever the number of images: 0 keeps a length, -1 is what is left.
  private func batchShape(
    _ shape: [Int], of x: Tensor, _ images: Int, _ step: Recording.Step
  ) throws -> [Int] {
    guard shape.first == images, x.size(0) == images || !shape.contains(-1) else {
      throw ONNXError.mixesImages(operation: step.operation)
    }
    return [x.size(0) == images ? 0 : -1] + shape.dropFirst()
  }

  /// By how many pixels an image has to be larger below and to the right for its windows to cover its edges.
  private func edges(of x: Tensor, _ kernel: Int, _ stride: Int, _ padding: Int) -> (Int, Int) {
    func more(_ side: Int) -> Int {
      let room = side + 2 * padding - kernel
      var last = (room + stride - 1) / stride
      // A window that begins in the padding is none.
      if last * stride >= side + padding { last -= 1 }
      return max(0, last * stride - room)
    }
    return (more(x.size(2)), more(x.size(3)))
  }

  /// The matrix [n, side] whose rows average the windows to which PyTorch divides a side.
  private func averaging(_ side: Int, _ n: Int) -> Tensor {
    var matrix = [Float](repeating: 0, count: n * side)
    for row in 0..<n {
      let window = (row * side / n)..<(((row + 1) * side + n - 1) / n)
      for column in window { matrix[row * side + column] = 1 / Float(window.count) }
    }
    return Tensor(matrix, shape: [n, side])
  }

  private func resized(
    _ inputs: [String], _ mode: String, _ places: String, _ attributes: [(String, Attribute)]
  ) -> String {
    let sides = node("Shape", [inputs[1]], [("start", .int(2)), ("end", .int(4))])
    return node(
      "Resize", [inputs[0], "", "", sides],
      [
        ("axes", .ints([2, 3])), ("mode", .string(mode)),
        ("coordinate_transformation_mode", .string(places)),
      ] + attributes)
  }

  /// A norm of groups as one of instances, since ONNX's own is younger than its operators of this version.
  private func groupNorm(
    _ x: Tensor, _ inputs: [String], groups: Int, epsilon: Double
  ) -> String {
    let joined = node("Reshape", [inputs[0], constant([0, groups, -1])])
    let normalized = node(
      "InstanceNormalization",
      [joined, constant(Tensor.ones([groups])), constant(Tensor.zeros([groups]))],
      [("epsilon", .float(epsilon))])
    let apart = node("Reshape", [normalized, node("Shape", [inputs[0]])])
    func spread(_ parameter: String) -> String {
      node("Reshape", [parameter, constant([-1, 1, 1])])
    }
    return node("Add", [node("Mul", [apart, spread(inputs[1])]), spread(inputs[2])])
  }
}

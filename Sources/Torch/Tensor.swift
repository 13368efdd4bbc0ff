import CTorch
import Numbers

/// An array of numbers on a device, with a shape, owned by LibTorch.
///
/// A value that shares its storage when copied, freed with its last reference. Operations do not
/// throw; see `checked(_:)`. Not `Sendable`: one thread owns LibTorch.
public struct Tensor {
  let handle: Handle?

  init(_ handle: Handle?) { self.handle = handle }

  // MARK: Creation

  /// Creates a float32 tensor of this shape from values in row-major order.
  public init(_ values: [Float], shape: [Int]) {
    self = values.withUnsafeBytes { Tensor(copying: $0, shape: shape, type: .float32) }
  }

  /// Creates an int64 tensor of this shape from values in row-major order.
  public init(_ values: [Int64], shape: [Int]) {
    self = values.withUnsafeBytes { Tensor(copying: $0, shape: shape, type: .int64) }
  }

  /// Creates a tensor on the CPU from bytes in row-major order.
  ///
  /// - Precondition: there are at least as many bytes as the shape needs.
  public init(copying bytes: UnsafeRawBufferPointer, shape: [Int], type: DataType) {
    precondition(
      (shape + [type.byteCount]).checkedProduct().map { bytes.count >= $0 } ?? false,
      "A tensor of shape \(shape) needs more than the \(bytes.count) bytes given.")
    self = shape.withSizes { sizes, rank in
      call("copy of bytes") {
        ct_from_bytes(
          bytes.baseAddress ?? UnsafeRawPointer(sizes), sizes, rank, type.rawValue, $0, $1)
      }
    }
  }

  /// Returns a tensor filled with one value.
  public static func full(
    _ shape: [Int], _ value: Double, type: DataType = .float32, device: Device = .cpu
  ) -> Tensor {
    // c10 counts the device of tensors that have a shape alone as its fourteenth.
    let kind = hasStorage ? device.kind.rawValue : 14
    return shape.withSizes { sizes, rank in
      call("full") {
        ct_full(sizes, rank, value, type.rawValue, kind, Int32(device.index), $0, $1)
      }
    }
  }

  @TaskLocal private static var hasStorage = true

  /// Makes a model whose tensors have names and shapes, and no numbers: at once, and in no memory.
  public static func withoutStorage<Result>(_ make: () throws -> Result) rethrows -> Result {
    try $hasStorage.withValue(false, operation: make)
  }

  /// Returns a tensor of zeros.
  public static func zeros(
    _ shape: [Int], type: DataType = .float32, device: Device = .cpu
  ) -> Tensor { full(shape, 0, type: type, device: device) }

  /// Returns a tensor of ones.
  public static func ones(
    _ shape: [Int], type: DataType = .float32, device: Device = .cpu
  ) -> Tensor { full(shape, 1, type: type, device: device) }

  /// Returns the int64 numbers from 0 to below `count`.
  public static func arange(_ count: Int) -> Tensor {
    call("arange") { ct_arange(Int64(count), $0, $1) }
  }

  /// Returns float32 numbers drawn from a normal distribution, by the seed alone.
  public static func normal(
    _ shape: [Int], mean: Double = 0, deviation: Double = 1, seed: UInt64
  ) -> Tensor {
    shape.withSizes { sizes, rank in
      call("normal") { ct_random(1, mean, deviation, seed, sizes, rank, $0, $1) }
    }
  }

  /// Returns float32 numbers drawn evenly from `low` to below `high`, by the seed alone.
  public static func uniform(_ shape: [Int], low: Double, high: Double, seed: UInt64) -> Tensor {
    shape.withSizes { sizes, rank in
      call("uniform") { ct_random(0, low, high, seed, sizes, rank, $0, $1) }
    }
  }

  // MARK: Looking

  /// Whether an operation failed and there is nothing here.
  public var isEmpty: Bool { handle == nil }

  private var description: ct_description {
    var description = ct_description()
    guard let handle else { return description }
    withExtendedLifetime(handle) { _ = ct_describe(handle.pointer, &description, nil) }
    return description
  }

  /// The length of each dimension.
  public var shape: [Int] {
    let description = self.description
    return withUnsafeBytes(of: description.sizes) { bytes in
      bytes.bindMemory(to: Int64.self).prefix(Int(description.rank)).map(Int.init)
    }
  }

  /// The length of a dimension; 0 where the tensor has no such dimension, as an empty one has none.
  public func size(_ dimension: Int) -> Int {
    let shape = shape
    return shape.indices.contains(dimension) ? shape[dimension] : 0
  }

  /// The number of dimensions.
  public var rank: Int { Int(description.rank) }

  /// The number of elements.
  public var count: Int { Int(description.count) }

  /// The type of the elements.
  public var type: DataType { DataType(rawValue: description.type) ?? .float32 }

  /// Where the tensor lives.
  public var device: Device {
    let description = self.description
    return Device(
      kind: Device.Kind(rawValue: description.device_type) ?? .cpu,
      index: Int(description.device_index))
  }

  /// Returns the only element; not a number if there is nothing here or more than one.
  public func item() -> Double {
    guard let handle else { return .nan }
    var value = Double.nan
    var message: UnsafeMutablePointer<CChar>?
    let status = withExtendedLifetime(handle) { ct_item(handle.pointer, &value, &message) }
    if status != 0 {
      let reason = Failures.reason(from: message)
      Failures.record(TorchError(operation: "item", shapes: [shape], reason: reason))
    }
    return value
  }

  /// Returns the elements in row-major order, converted to float32; none where an operation failed.
  public func floats() -> [Float] { elements(of: to(.float32)) }

  /// Returns the elements in row-major order, converted to float64; none where an operation failed.
  public func doubles() -> [Double] { elements(of: to(.float64)) }

  /// Returns the elements in row-major order, converted to int64; none where an operation failed.
  public func int64s() -> [Int64] { elements(of: to(.int64)) }

  /// Returns the elements as `floats()` does, for code that counts on their number.
  ///
  /// - Throws: the thread's first failure, where there are none because of it.
  public func readFloats() throws -> [Float] { try read { $0.floats() } }

  /// Returns the elements as `doubles()` does, for code that counts on their number.
  ///
  /// - Throws: the thread's first failure, where there are none because of it.
  public func readDoubles() throws -> [Double] { try read { $0.doubles() } }

  /// Returns the elements as `int64s()` does, for code that counts on their number.
  ///
  /// - Throws: the thread's first failure, where there are none because of it.
  public func readInt64s() throws -> [Int64] { try read { $0.int64s() } }

  /// Returns the bytes of the elements in row-major order, as they are stored.
  ///
  /// - Throws: the thread's first failure, where there are none because of it.
  public func readBytes() throws -> [UInt8] {
    try read { tensor in
      let count = tensor.count.multipliedOrMax(by: tensor.type.byteCount)
      return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
        initialized = tensor.copy(into: UnsafeMutableRawBufferPointer(buffer)) ? count : 0
      }
    }
  }

  private func read<Element>(_ elements: (Tensor) -> [Element]) throws -> [Element] {
    let found = elements(self)
    guard isEmpty || (found.isEmpty && count > 0) else { return found }
    throw Failures.take()
      ?? TorchError(operation: "reading", shapes: [], reason: "an operation before it failed")
  }

  private func elements<Element>(of tensor: Tensor) -> [Element] {
    let count = tensor.count
    return [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
      initialized = tensor.copy(into: UnsafeMutableRawBufferPointer(buffer)) ? count : 0
    }
  }

  /// Copies the elements in row-major order, as they are stored; returns whether there was room.
  @discardableResult
  public func copy(into bytes: UnsafeMutableRawBufferPointer) -> Bool {
    guard count > 0 else { return !isEmpty }
    return effect("copy to bytes", all: [self]) { tensors, message in
      ct_copy_bytes(tensors[0], bytes.baseAddress, Int64(bytes.count), message)
    }
  }

  /// Whether another tensor has the same type, shape and bits.
  public func isBitIdentical(to other: Tensor) -> Bool {
    var identical: Int32 = 0
    effect("comparison", all: [self, other]) { tensors, message in
      ct_identical(tensors[0], tensors[1], &identical, message)
    }
    return identical != 0
  }
}

extension [Int] {
  /// Hands out the numbers as the shim wants them, without a heap allocation up to rank 8.
  func withSizes<Result>(_ body: (UnsafePointer<Int64>, Int32) -> Result) -> Result {
    withUnsafeTemporaryAllocation(of: Int64.self, capacity: Swift.max(count, 1)) { buffer in
      for (index, size) in enumerated() { buffer.initializeElement(at: index, to: Int64(size)) }
      guard let base = buffer.baseAddress else {
        preconditionFailure("A stack buffer has an address.")
      }
      return body(UnsafePointer(base), Int32(count))
    }
  }
}

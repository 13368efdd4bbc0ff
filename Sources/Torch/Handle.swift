import CTorch

/// Owns one tensor of LibTorch's, and releases it with its last reference.
final class Handle {
  let pointer: ct_tensor

  init(_ pointer: ct_tensor) { self.pointer = pointer }

  deinit { ct_free(pointer) }
}

/// A call of the shim that hands out a tensor.
typealias Output = UnsafeMutablePointer<ct_tensor?>
/// Where a call of the shim leaves its message.
typealias Message = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

/// Calls the shim for a new tensor.
///
/// All calls with tensors go through the functions of this file: they keep the operands alive until
/// the call returns, keep what failed, and tell a `Watch` who reads what and a `Recording` what was computed.
func call(_ operation: StaticString, _ body: (Output, Message) -> Int32) -> Tensor {
  finish(operation, .none, [], body)
}

func call(
  _ operation: StaticString, _ a: Tensor,
  with parameters: @autoclosure () -> OperationParameters = .none,
  _ body: (ct_tensor, Output, Message) -> Int32
) -> Tensor {
  guard let first = a.handle else { return Tensor(nil) }
  Watch.current?.read(a)
  return withExtendedLifetime(first) {
    finish(operation, parameters(), [a]) { body(first.pointer, $0, $1) }
  }
}

func call(
  _ operation: StaticString, _ a: Tensor, _ b: Tensor,
  _ body: (ct_tensor, ct_tensor, Output, Message) -> Int32
) -> Tensor {
  guard let first = a.handle, let second = b.handle else { return Tensor(nil) }
  if let watch = Watch.current { for tensor in [a, b] { watch.read(tensor) } }
  return withExtendedLifetime((first, second)) {
    finish(operation, .none, [a, b]) { body(first.pointer, second.pointer, $0, $1) }
  }
}

/// Calls the shim with any number of tensors, some of which may be absent.
func call(
  _ operation: StaticString, all tensors: [Tensor?],
  with parameters: @autoclosure () -> OperationParameters = .none,
  _ body: (UnsafePointer<ct_tensor?>, Output, Message) -> Int32
) -> Tensor {
  guard tensors.allSatisfy({ $0 == nil || $0?.handle != nil }) else { return Tensor(nil) }
  if let watch = Watch.current { for case let tensor? in tensors { watch.read(tensor) } }
  return withExtendedLifetime(tensors) {
    let pointers: [ct_tensor?] = tensors.map { $0?.handle?.pointer }
    return pointers.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return Tensor(nil) }
      return finish(operation, parameters(), tensors) { body(base, $0, $1) }
    }
  }
}

/// Calls the shim for an effect on tensors; records a failure and returns whether it went well.
@discardableResult
func effect(
  _ operation: StaticString, all tensors: [Tensor],
  _ body: (UnsafePointer<ct_tensor?>, Message) -> Int32
) -> Bool {
  guard tensors.allSatisfy({ $0.handle != nil }) else { return false }
  if let watch = Watch.current { for tensor in tensors { watch.read(tensor) } }
  Recording.current?.add(operation, .none, tensors, giving: Tensor(nil))
  return withExtendedLifetime(tensors) {
    let pointers: [ct_tensor?] = tensors.map { $0.handle?.pointer }
    return pointers.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return true }
      var message: UnsafeMutablePointer<CChar>?
      guard body(base, &message) != 0 else { return true }
      record(operation, tensors, message)
      return false
    }
  }
}

private func finish(
  _ operation: StaticString, _ parameters: @autoclosure () -> OperationParameters,
  _ operands: @autoclosure () -> [Tensor?], _ body: (Output, Message) -> Int32
) -> Tensor {
  var out: ct_tensor?
  var message: UnsafeMutablePointer<CChar>?
  guard body(&out, &message) == 0 else {
    record(operation, operands().compactMap { $0 }, message)
    return Tensor(nil)
  }
  let result = Tensor(out.map(Handle.init))
  Recording.current?.add(operation, parameters(), operands(), giving: result)
  return result
}

private func record(
  _ operation: StaticString, _ operands: [Tensor], _ message: UnsafeMutablePointer<CChar>?
) {
  let reason = Failures.reason(from: message)
  Failures.record(
    TorchError(operation: "\(operation)", shapes: operands.map(\.shape), reason: reason))
}

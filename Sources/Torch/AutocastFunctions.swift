import CTorch
import Numbers

/// Runs the body with those operations in half precision that tolerate it: convolutions and products of
/// matrices.
///
/// Parameters stay as they are, and so do their gradients; what must be precise, such as the
/// statistics of batch norms and a loss, is in float32 still. Go back through the graph outside.
///
/// The switch belongs to the thread, so the body is synchronous, as that of `withoutGradient` is.
///
/// - Parameter type: `bfloat16` or `float16`.
/// - Source: Micikevicius et al., *Mixed Precision Training* (2018); LibTorch's autocast.
public func withAutocast<Result>(
  to type: DataType, on device: Device, _ body: () throws -> Result
) rethrows -> Result {
  var before = ct_autocast()
  var message: UnsafeMutablePointer<CChar>?
  let status = ct_enter_autocast(device.kind.rawValue, type.rawValue, &before, &message)
  if status != 0 {
    let reason = Failures.reason(from: message)
    Failures.record(TorchError(operation: "autocast to \(type)", shapes: [], reason: reason))
  }
  defer { if status == 0 { ct_leave_autocast(device.kind.rawValue, before) } }
  return try body()
}

/// Divides all gradients by what the loss was multiplied by; returns whether they are finite.
///
/// The device is waited for.
public func unscaleGradients(of parameters: [(String, Parameter)], by factor: Double) -> Bool {
  var finite: Int32 = 0
  effect("unscaling of gradients", all: parameters.map(\.1.value)) {
    ct_unscale_gradients($0, Int32(parameters.count), 1 / factor, &finite, $1)
  }
  return finite != 0
}

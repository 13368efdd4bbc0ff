import CTorch

extension Tensor {
  /// Whether operations on this tensor are recorded, so that its gradient can be had.
  public var requiresGradient: Bool {
    get {
      guard let handle else { return false }
      return withExtendedLifetime(handle) { ct_requires_gradient(handle.pointer) != 0 }
    }
    nonmutating set {
      effect("require gradient", all: [self]) {
        ct_require_gradient($0[0], newValue ? 1 : 0, $1)
      }
    }
  }

  /// The gradient that `backward()` left on this tensor, if any.
  public var gradient: Tensor? {
    let gradient = call("gradient", self) { ct_gradient($0, $1, $2) }
    return gradient.isEmpty ? nil : gradient
  }

  /// Adds the gradients of this number to every tensor that it was computed from.
  public func backward() {
    effect("backward", all: [self]) { ct_backward($0[0], $1) }
  }

  /// Forgets the gradient; its memory is freed.
  public func clearGradient() {
    guard let handle else { return }
    withExtendedLifetime(handle) { ct_clear_gradient(handle.pointer) }
  }
}

/// Runs the body without recording what is computed.
///
/// The switch belongs to the thread, so the body is synchronous: an `await` in it could continue
/// elsewhere.
public func withoutGradient<Result>(_ body: () throws -> Result) rethrows -> Result {
  let before = ct_gradient_enabled()
  ct_enable_gradient(0)
  defer { ct_enable_gradient(before) }
  return try body()
}

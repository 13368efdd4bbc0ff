import Numbers
public import Numbers

/// Exact Euclidean distances of all pixels to the nearest of some, in time linear in the pixels.
///
/// First the distance down each column is found by running along it twice, then for each row the lower
/// envelope of the parabolas that stand on those distances.
///
///     let distances = DistanceTransform(width: 4, height: 1).squared { position in position == 0 }
///     // [0, 1, 4, 9]
///
/// - Source: Felzenszwalb, Huttenlocher, *Distance Transforms of Sampled Functions* (2012); equal to
///   scipy's `distance_transform_edt`.
public struct DistanceTransform: Sendable {
  /// Pixels from left to right.
  public let width: Int
  /// Pixels from top to bottom.
  public let height: Int

  /// Creates a transform of images of a size.
  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  /// The squared distance that stands for none: where there is no pixel to go to.
  @inlinable public static var none: Int32 { Int32.max }

  /// Whether the square of the image's diagonal is an `Int32`, as it is up to 32,767 pixels a side.
  @inlinable public var fitsInt32: Bool {
    let squares = width.multipliedOrMax(by: width)
      .addingOrMax(height.multipliedOrMax(by: height))
    return squares < Int(Int32.max)
  }

  /// Returns each pixel's squared distance to the nearest of those that are sought, or `none`.
  ///
  /// A square beyond the range of `Int32`, as there are in images for which `fitsInt32` does not hold,
  /// becomes the highest below `none`; `wideSquared(_:)` gives it exactly.
  /// - Parameter isSought: whether the pixel at a place, counted row by row, is one of them.
  @inlinable public func squared(_ isSought: (Int) -> Bool) -> [Int32] {
    if fitsInt32 { return squares(isSought) }
    return wideSquared(isSought).map {
      $0 == Int.max ? Self.none : min(Self.none - 1, Int32(clamping: $0))
    }
  }

  /// Returns the squared distances for images of any size; `Int.max` stands for none.
  @inlinable public func wideSquared(_ isSought: (Int) -> Bool) -> [Int] { squares(isSought) }

  /// Returns the squares in a type whose range has that of the diagonal.
  @inlinable func squares<Number: FixedWidthInteger & SignedInteger>(
    _ isSought: (Int) -> Bool
  ) -> [Number] {
    var result = [Number](repeating: Number.max, count: width * height)
    result.withUnsafeMutableBufferPointer { squared(into: $0, isSought) }
    return result
  }

  @inlinable func squared<Number: FixedWidthInteger & SignedInteger>(
    into target: UnsafeMutableBufferPointer<Number>, _ isSought: (Int) -> Bool
  ) {
    guard width > 0, height > 0 else { return }
    // More than any distance down a column.
    let far = Number(height)
    for x in 0..<width { target[x] = isSought(x) ? 0 : far }
    for y in 1..<max(1, height) {
      for position in (y * width)..<((y + 1) * width) {
        target[position] = isSought(position) ? 0 : min(far, target[position - width] + 1)
      }
    }
    for y in stride(from: height - 2, through: 0, by: -1) {
      for position in (y * width)..<((y + 1) * width) {
        target[position] = min(target[position], target[position + width] + 1)
      }
    }
    withUnsafeTemporaryAllocation(of: Number.self, capacity: 3 * width + 1) { room in
      for y in 0..<height {
        Self.sweep(
          UnsafeMutableBufferPointer(rebasing: target[(y * width)..<((y + 1) * width)]),
          room: room, far: far)
      }
    }
  }

  /// Replaces a row of distances down the columns by squared distances.
  @inlinable static func sweep<Number: FixedWidthInteger & SignedInteger>(
    _ row: UnsafeMutableBufferPointer<Number>, room: UnsafeMutableBufferPointer<Number>, far: Number
  ) {
    let width = row.count
    // The columns whose parabolas make up the envelope, where each begins, and their heights.
    let (columns, begins, heights) = (0, width, 2 * width)
    var last = -1
    for x in 0..<width where row[x] < far {
      let position = Number(truncatingIfNeeded: x)
      let height = row[x] * row[x]
      var begin: Number = 0
      while last >= 0 {
        let column = room[columns + last]
        // The first pixel at which the new parabola lies below the last one.
        let rise = height + position * position - room[heights + last] - column * column
        let run = 2 * (position - column)
        let meet = rise >= 0 ? rise / run + 1 : (rise - run + 1) / run + 1
        if meet > room[begins + last] {
          begin = meet
          break
        }
        last -= 1
      }
      guard last < 0 || begin < Number(truncatingIfNeeded: width) else { continue }
      last += 1
      room[columns + last] = position
      room[begins + last] = last == 0 ? 0 : begin
      room[heights + last] = height
    }
    guard last >= 0 else {
      row.update(repeating: Number.max)
      return
    }
    var end = width
    for piece in stride(from: last, through: 0, by: -1) {
      let column = Int(room[columns + piece])
      let height = room[heights + piece]
      let begin = Int(room[begins + piece])
      for x in begin..<max(begin, end) {
        let along = Number(truncatingIfNeeded: x - column)
        row[x] = height + along * along
      }
      end = min(end, begin)
    }
  }
}

extension DistanceTransform {
  /// Returns each pixel's chessboard distance to the nearest of those that are sought.
  ///
  /// It is the number of steps that a king needs, and `none` where there is no such pixel.
  ///
  /// - Parameter countsOutside: whether the pixels about the image are among those sought.
  @inlinable public func chessboard(countsOutside: Bool = false, _ isSought: (Int) -> Bool)
    -> [Int32]
  {
    let far = Self.none - 1
    var result = [Int32](repeating: Self.none, count: width * height)
    let edge: Int32 = countsOutside ? 0 : far
    result.withUnsafeMutableBufferPointer { result in
      func at(_ x: Int, _ y: Int) -> Int32 {
        x < 0 || y < 0 || x >= width || y >= height ? edge : min(far, result[y * width + x])
      }
      for y in 0..<height {
        for x in 0..<width {
          let position = y * width + x
          result[position] =
            isSought(position)
            ? 0 : min(at(x - 1, y), at(x - 1, y - 1), at(x, y - 1), at(x + 1, y - 1)) + 1
        }
      }
      for y in stride(from: height - 1, through: 0, by: -1) {
        for x in stride(from: width - 1, through: 0, by: -1) {
          let position = y * width + x
          let behind = min(at(x + 1, y), at(x + 1, y + 1), at(x, y + 1), at(x - 1, y + 1))
          result[position] = min(result[position], behind + 1)
        }
      }
    }
    return result
  }
}

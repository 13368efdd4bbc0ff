/// Exact Euclidean distances of all pixels to the nearest of some, in time linear in the pixels.
///
/// First the distance down each column is found by running along it twice, then for each row the lower
/// envelope of the parabolas that stand on those distances.
///
///     let distances = DistanceTransform(width: 4, height: 1).squared { place in place == 0 }
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

  /// Returns each pixel's squared distance to the nearest of those that are sought, or `none`.
  ///
  /// - Parameter isSought: whether the pixel at a place, counted row by row, is one of them.
  @inlinable public func squared(_ isSought: (Int) -> Bool) -> [Int32] {
    var result = [Int32](repeating: Self.none, count: width * height)
    result.withUnsafeMutableBufferPointer { squared(into: $0, isSought) }
    return result
  }

  /// Writes each pixel's squared distance into memory of as many numbers as there are pixels.
  @inlinable public func squared(
    into target: UnsafeMutableBufferPointer<Int32>, _ isSought: (Int) -> Bool
  ) {
    guard width > 0, height > 0 else { return }
    // More than any distance within, so that its square is no Int32's end.
    let far = Int32(width + height)
    for x in 0..<width { target[x] = isSought(x) ? 0 : far }
    for y in 1..<max(1, height) {
      for place in (y * width)..<((y + 1) * width) {
        target[place] = isSought(place) ? 0 : min(far, target[place - width] + 1)
      }
    }
    for y in stride(from: height - 2, through: 0, by: -1) {
      for place in (y * width)..<((y + 1) * width) {
        target[place] = min(target[place], target[place + width] + 1)
      }
    }
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: 3 * width + 1) { room in
      for y in 0..<height {
        Self.sweep(
          UnsafeMutableBufferPointer(rebasing: target[(y * width)..<((y + 1) * width)]),
          room: room, far: far)
      }
    }
  }

  /// Replaces a row of distances down the columns by squared distances.
  @usableFromInline static func sweep(
    _ row: UnsafeMutableBufferPointer<Int32>, room: UnsafeMutableBufferPointer<Int32>, far: Int32
  ) {
    let width = row.count
    // The columns whose parabolas make up the envelope, where each begins, and their heights.
    let (columns, begins, heights) = (0, width, 2 * width)
    var last = -1
    for x in 0..<width where row[x] < far {
      let height = row[x] * row[x]
      var begin: Int32 = 0
      while last >= 0 {
        let column = room[columns + last]
        // The first pixel at which the new parabola lies below the last one.
        let rise = height + Int32(x * x) - room[heights + last] - column * column
        let run = 2 * (Int32(x) - column)
        let meet = rise >= 0 ? rise / run + 1 : (rise - run + 1) / run + 1
        if meet > room[begins + last] {
          begin = meet
          break
        }
        last -= 1
      }
      guard last < 0 || begin < Int32(width) else { continue }
      last += 1
      room[columns + last] = Int32(x)
      room[begins + last] = last == 0 ? 0 : begin
      room[heights + last] = height
    }
    guard last >= 0 else {
      row.update(repeating: none)
      return
    }
    var end = width
    for piece in stride(from: last, through: 0, by: -1) {
      let column = Int(room[columns + piece])
      let height = room[heights + piece]
      let begin = Int(room[begins + piece])
      for x in begin..<max(begin, end) {
        let along = Int32(x - column)
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
          let place = y * width + x
          result[place] =
            isSought(place)
            ? 0 : min(at(x - 1, y), at(x - 1, y - 1), at(x, y - 1), at(x + 1, y - 1)) + 1
        }
      }
      for y in stride(from: height - 1, through: 0, by: -1) {
        for x in stride(from: width - 1, through: 0, by: -1) {
          let place = y * width + x
          let behind = min(at(x + 1, y), at(x + 1, y + 1), at(x, y + 1), at(x - 1, y + 1))
          result[place] = min(result[place], behind + 1)
        }
      }
    }
    return result
  }
}

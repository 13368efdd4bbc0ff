import Numbers

/// Groups of images that look alike, found without comparing each with each.
///
/// Two hashes that differ in at most four of 64 bits agree in at least one of five pieces of them. So images
/// are compared only with those that have a piece in common.
///
/// - Source: Norouzi, Punjani, Fleet, *Fast Search in Hamming Space with Multi-Index Hashing* (2012).
enum NearCopies {
  /// In how many bits of 64 the hashes of two images that look alike differ at most.
  static let maximumBits = 4

  /// The pieces of a hash: five of 12 or 13 bits.
  private static let pieces: [(shift: UInt64, mask: UInt64)] = (0..<5).map { piece in
    (UInt64(13 * piece), piece == 4 ? 0xFFF : 0x1FFF)
  }

  /// Returns the groups of images of which each looks like another of its group.
  ///
  /// - Parameters:
  ///   - hashes: those of the images; nil where an image is not compared.
  ///   - isAlike: a closer look at two images whose hashes are near each other.
  /// - Returns: groups of two or more, each and all in the order of the images.
  static func groups(
    _ hashes: [PerceptualHash?], isAlike: (Int, Int) -> Bool
  ) -> [[Int]] {
    // Images of one hash are one entry, or thousands of equal ones would be compared with each other.
    var byHash: [UInt64: [Int]] = [:]
    for (image, hash) in hashes.enumerated() {
      if let hash { byHash[hash.bits, default: []].append(image) }
    }
    var sets = DisjointSets(count: hashes.count)
    for (_, images) in byHash {
      // Each with the first that it is like; most have one hash because they are one image.
      var firsts: [Int] = []
      for image in images {
        if let first = firsts.first(where: { isAlike($0, image) }) {
          sets.join(first, image)
        } else if firsts.count < 16 {
          firsts.append(image)
        }
      }
    }
    let known = byHash.keys.sorted()
    for (shift, mask) in pieces {
      let buckets = Dictionary(grouping: known) { $0 >> shift & mask }
      for (_, bucket) in buckets where bucket.count > 1 {
        for position in bucket.indices {
          for other in bucket.indices.dropFirst(position + 1) {
            let (one, two) = (bucket[position], bucket[other])
            guard (one ^ two).nonzeroBitCount <= maximumBits, let a = byHash[one]?.first,
              let b = byHash[two]?.first, sets.root(a) != sets.root(b), isAlike(a, b)
            else { continue }
            sets.join(a, b)
          }
        }
      }
    }
    return sets.groups
  }
}

/// Numbers that are joined to sets.
struct DisjointSets {
  private var parents: [Int]

  init(count: Int) { parents = Array(0..<count) }

  /// The lowest number of a number's set.
  mutating func root(_ number: Int) -> Int {
    var root = number
    while parents[root] != root { root = parents[root] }
    var place = number
    while parents[place] != root { (place, parents[place]) = (parents[place], root) }
    return root
  }

  mutating func join(_ one: Int, _ other: Int) {
    let (a, b) = (root(one), root(other))
    parents[max(a, b)] = min(a, b)
  }

  /// The sets of two and more, each and all in the order of their numbers.
  var groups: [[Int]] {
    var sets = self
    return Dictionary(grouping: parents.indices) { sets.root($0) }.values.filter { $0.count > 1 }
      .map { $0.sorted() }.sorted { $0[0] < $1[0] }
  }
}

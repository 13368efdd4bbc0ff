import Formatting

extension MaskFolder {
  /// Lists the images and masks of tar shards, of which each image has a mask under its name.
  ///
  /// - Throws: `ShardError`, `DataError`.
  init(shards name: String, isForEvaluation: Bool) throws {
    let parts = try ShardSplits(name, of: .masks, isForEvaluation: isForEvaluation)
    var kinds: [Bool: String] = [:]
    func pairs(_ shards: [Shard]) -> [MaskPair] {
      shards.flatMap { shard in
        shard.samples.compactMap { sample -> MaskPair? in
          guard case .mask(let mask, let isInstances) = sample.label else { return nil }
          kinds[isInstances] = kinds[isInstances] ?? shard.path + "/" + mask.name
          return MaskPair(
            name: stem(sample.image.name), image: TarMember(sample.image, of: shard.path).path,
            mask: TarMember(mask, of: shard.path).path)
        }
      }
    }
    let found = parts.named.map { MaskSplit(name: $0.name, pairs: pairs($0.shards)) }
    if let instances = kinds[true], let classes = kinds[false] {
      throw ShardError.mixedMasks(instances: instances, classes: classes)
    }
    self.init(
      parts: found, isInstances: kinds[true] != nil,
      summary: quantity(parts.count, "tar shard"), shards: parts.account)
  }
}

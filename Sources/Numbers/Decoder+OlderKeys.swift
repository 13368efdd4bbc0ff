extension Decoder {
  /// Decodes what a file has under a key, or an older file under another.
  ///
  /// - Throws: `DecodingError`, which names the key of today.
  public func value<Value: Decodable>(
    _ key: String, older: String, as type: Value.Type = Value.self
  ) throws -> Value {
    let values = try container(keyedBy: TextKey.self)
    let (key, older) = (TextKey(key), TextKey(older))
    return try values.decode(type, forKey: values.contains(older) ? older : key)
  }

  /// Decodes what a file may have under a key, or an older file under another.
  public func optionalValue<Value: Decodable>(
    _ key: String, older: String, as type: Value.Type = Value.self
  ) throws -> Value? {
    let values = try container(keyedBy: TextKey.self)
    return try values.decodeIfPresent(type, forKey: TextKey(key))
      ?? values.decodeIfPresent(type, forKey: TextKey(older))
  }
}

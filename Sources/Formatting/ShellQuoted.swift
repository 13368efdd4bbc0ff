/// Returns a text as a shell reads it: in quotes where it has anything but letters, digits and the usual signs of paths.
///
///     shellQuoted("runs/photos-1")    // runs/photos-1
///     shellQuoted("my photos")        // 'my photos'
public func shellQuoted(_ text: String) -> String {
  let isPlain = text.utf8.allSatisfy { byte in
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
      || (0x61...0x7A).contains(byte) || Array("/._-+@:,=%".utf8).contains(byte)
  }
  return isPlain && !text.isEmpty ? text : "'" + text.replacing("'", with: "'\\''") + "'"
}

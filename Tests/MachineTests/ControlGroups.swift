import TestSupport

/// A folder of files, as a mount of control groups has them.
func controlGroups(_ files: [String: String]) throws -> TemporaryDirectory {
  let mount = TemporaryDirectory()
  for (name, text) in files { try mount.write(text, name) }
  return mount
}

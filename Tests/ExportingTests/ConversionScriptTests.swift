import Testing

@testable import Exporting

@Suite struct `A conversion script` {
  /// By Python's rules: a quote and a backslash in a literal have a backslash before them.
  @Test(arguments: [ConversionScript.Target.coreML, .liteRT])
  func `is Python whatever its file is called`(target: ConversionScript.Target) {
    let text = ConversionScript(
      to: target, "torchvision/resnet18", weights: #"a"b\c.safetensors"#, name: #"a"b\c"#,
      height: 32, width: 32
    ).text
    #expect(text.contains(##"safe_open(FOLDER / "a\"b\\c.safetensors", "pt")"##))
    #expect(text.contains(##"FOLDER / "a\"b\\c."##))
    #expect(!text.contains(##"a"b"##))
  }
}

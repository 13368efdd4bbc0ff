import Datasets

extension PublishedWeights {
  /// timm's weights on Hugging Face, as timm 1.0.31 lists them.
  ///
  /// Their server names the SHA-256 sum when it is asked; nothing that can be read without it does.
  ///
  /// `Scripts/fixtures/weights_fixtures.py` reads the same from timm, and a test compares them.
  static let timm: [PublishedWeights] = [
    timm("resnet18.a1_in1k", of: "resnet-18", resize: 235),
    timm("resnet34.a1_in1k", of: "resnet-34", resize: 235),
    timm("resnet50.a1_in1k", of: "resnet-50", resize: 235),
    timm("resnet101.a1_in1k", of: "resnet-101", resize: 235),
    timm("resnet152.a1_in1k", of: "resnet-152", resize: 235),
    timm("wide_resnet50_2.racm_in1k", of: "wide-resnet-50-2", resize: 256),
    timm("densenet121.ra_in1k", of: "densenet-121", resize: 256),
    timm("efficientnet_lite0.ra_in1k", of: "efficientnet-lite0", resize: 256),
    timm("tf_efficientnet_lite0.in1k", of: "tf-efficientnet-lite0", resize: 256, halved: true),
    timm(
      "tf_efficientnet_lite1.in1k", of: "tf-efficientnet-lite1", size: 240, resize: 272,
      halved: true),
    timm(
      "tf_efficientnet_lite2.in1k", of: "tf-efficientnet-lite2", size: 260, resize: 292,
      halved: true),
    timm("efficientnet_b0.ra_in1k", of: "efficientnet-b0", resize: 256),
    timm("vit_tiny_patch16_224.augreg_in21k_ft_in1k", of: "vit-tiny-16", resize: 248, halved: true),
    timm(
      "vit_small_patch16_224.augreg_in21k_ft_in1k", of: "vit-small-16", resize: 248, halved: true),
    timm(
      "vit_small_patch14_dinov2.lvd142m", of: "vit-small-14-dinov2", data: .unlabeled, classes: 0,
      size: 518, resize: 518),
  ]

  private static func timm(
    _ name: String, of model: String, data: Data = .imagenet, classes: Int = 1000, size: Int = 224,
    resize: Int,
    halved: Bool = false
  ) -> PublishedWeights {
    PublishedWeights(
      name: "timm/" + name, aliases: name.split(separator: ".").prefix(1).map { "timm/" + $0 },
      model: model,
      url: "https://huggingface.co/timm/\(name)/resolve/main/model.safetensors", checksum: nil,
      size: nil,
      license: "Apache-2.0", data: data, classes: classes, score: nil,
      preprocessing: Preprocessing(
        size: size, resize: resize, halved ? .halves : .imagenet, .bicubic))
  }
}

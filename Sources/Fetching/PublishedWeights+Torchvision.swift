import Datasets

extension PublishedWeights {
  /// torchvision's weights, as version 0.28.0 lists them; the file's name ends with the beginning of its SHA-256 sum.
  ///
  /// `Scripts/fixtures/weights_fixtures.py` reads the same from torchvision, and a test compares them.
  static let torchvision: [PublishedWeights] = [
    torchvision(
      "resnet18", "imagenet1k_v1", of: "resnet-18", file: "resnet18-f37072fd", mebibytes: 44.661,
      score: 69.758),
    torchvision(
      "resnet34", "imagenet1k_v1", of: "resnet-34", file: "resnet34-b627a593", mebibytes: 83.275,
      score: 73.314),
    torchvision(
      "resnet50", "imagenet1k_v2", of: "resnet-50", file: "resnet50-11ad3fa6", mebibytes: 97.79,
      score: 80.858, resize: 232),
    torchvision(
      "resnet50", "imagenet1k_v1", of: "resnet-50", file: "resnet50-0676ba61", mebibytes: 97.781,
      isDefault: false, score: 76.13),
    torchvision(
      "resnet101", "imagenet1k_v2", of: "resnet-101", file: "resnet101-cd907fc2", mebibytes: 170.53,
      score: 81.886, resize: 232),
    torchvision(
      "resnet101", "imagenet1k_v1", of: "resnet-101", file: "resnet101-63fe2227",
      mebibytes: 170.511, isDefault: false, score: 77.374),
    torchvision(
      "resnet152", "imagenet1k_v2", of: "resnet-152", file: "resnet152-f82ba261",
      mebibytes: 230.474, score: 82.284, resize: 232),
    torchvision(
      "resnet152", "imagenet1k_v1", of: "resnet-152", file: "resnet152-394f9c45",
      mebibytes: 230.434, isDefault: false, score: 78.312),
    torchvision(
      "wide_resnet50_2", "imagenet1k_v2", of: "wide-resnet-50-2", file: "wide_resnet50_2-9ba9bcbe",
      mebibytes: 263.124, score: 81.602, resize: 232),
    torchvision(
      "wide_resnet50_2", "imagenet1k_v1", of: "wide-resnet-50-2", file: "wide_resnet50_2-95faca4d",
      mebibytes: 131.82, isDefault: false, score: 78.468),
    torchvision(
      "wide_resnet101_2", "imagenet1k_v2", of: "wide-resnet-101-2",
      file: "wide_resnet101_2-d733dc28", mebibytes: 484.747, score: 82.51, resize: 232),
    torchvision(
      "wide_resnet101_2", "imagenet1k_v1", of: "wide-resnet-101-2",
      file: "wide_resnet101_2-32ee1156", mebibytes: 242.896, isDefault: false, score: 78.848),
    torchvision(
      "densenet121", "imagenet1k_v1", of: "densenet-121", file: "densenet121-a639ec97",
      mebibytes: 30.845, score: 74.434),
    torchvision(
      "densenet161", "imagenet1k_v1", of: "densenet-161", file: "densenet161-8d451a50",
      mebibytes: 110.369, score: 77.138),
    torchvision(
      "densenet169", "imagenet1k_v1", of: "densenet-169", file: "densenet169-b2777c0a",
      mebibytes: 54.708, score: 75.6),
    torchvision(
      "densenet201", "imagenet1k_v1", of: "densenet-201", file: "densenet201-c1103571",
      mebibytes: 77.373, score: 76.896),
    torchvision(
      "alexnet", "imagenet1k_v1", of: "alexnet", file: "alexnet-owt-7be5be79", mebibytes: 233.087,
      score: 56.522),
    torchvision(
      "googlenet", "imagenet1k_v1", of: "googlenet", file: "googlenet-1378be20", mebibytes: 49.731,
      score: 69.778, halved: true),
    torchvision(
      "vgg11", "imagenet1k_v1", of: "vgg-11", file: "vgg11-8a719046", mebibytes: 506.84,
      score: 69.02),
    torchvision(
      "vgg11_bn", "imagenet1k_v1", of: "vgg-11-bn", file: "vgg11_bn-6002323d", mebibytes: 506.881,
      score: 70.37),
    torchvision(
      "vgg13", "imagenet1k_v1", of: "vgg-13", file: "vgg13-19584684", mebibytes: 507.545,
      score: 69.928),
    torchvision(
      "vgg13_bn", "imagenet1k_v1", of: "vgg-13-bn", file: "vgg13_bn-abd245e5", mebibytes: 507.59,
      score: 71.586),
    torchvision(
      "vgg16", "imagenet1k_v1", of: "vgg-16", file: "vgg16-397923af", mebibytes: 527.796,
      score: 71.592),
    torchvision(
      "vgg16_bn", "imagenet1k_v1", of: "vgg-16-bn", file: "vgg16_bn-6c64b313", mebibytes: 527.866,
      score: 73.36),
    torchvision(
      "vgg19", "imagenet1k_v1", of: "vgg-19", file: "vgg19-dcbb9e9d", mebibytes: 548.051,
      score: 72.376),
    torchvision(
      "vgg19_bn", "imagenet1k_v1", of: "vgg-19-bn", file: "vgg19_bn-c79401a0", mebibytes: 548.143,
      score: 74.218),
    torchvision(
      "mobilenet_v3_small", "imagenet1k_v1", of: "mobilenet-v3-small",
      file: "mobilenet_v3_small-047dcff4", mebibytes: 9.829, score: 67.668),
    torchvision(
      "mobilenet_v3_large", "imagenet1k_v2", of: "mobilenet-v3-large",
      file: "mobilenet_v3_large-5c1a4163", mebibytes: 21.107, score: 75.274, resize: 232),
    torchvision(
      "mobilenet_v3_large", "imagenet1k_v1", of: "mobilenet-v3-large",
      file: "mobilenet_v3_large-8738ca79", mebibytes: 21.114, isDefault: false, score: 74.042),
    torchvision(
      "efficientnet_b0", "imagenet1k_v1", of: "efficientnet-b0",
      file: "efficientnet_b0_rwightman-7f5810bc", mebibytes: 20.451, score: 77.692, .bicubic),
    torchvision(
      "efficientnet_v2_s", "imagenet1k_v1", of: "efficientnet-v2-s",
      file: "efficientnet_v2_s-dd5fe13b", mebibytes: 82.704, score: 84.228, size: 384, resize: 384),
    torchvision(
      "convnext_tiny", "imagenet1k_v1", of: "convnext-tiny", file: "convnext_tiny-983f1562",
      mebibytes: 109.119, score: 82.52, resize: 236),
    torchvision(
      "regnet_y_400mf", "imagenet1k_v2", of: "regnet-y-400mf", file: "regnet_y_400mf-e6988f5f",
      mebibytes: 16.806, score: 75.804, resize: 232),
    torchvision(
      "regnet_y_400mf", "imagenet1k_v1", of: "regnet-y-400mf", file: "regnet_y_400mf-c65dace8",
      mebibytes: 16.806, isDefault: false, score: 74.046),
    torchvision(
      "fcos_resnet50_fpn", "coco_v1", of: "fcos-resnet-50", file: "fcos_resnet50_fpn_coco-99b0c9b7",
      mebibytes: 123.608, score: 39.2, data: .coco, classes: 91, size: 800, resize: 800),
    torchvision(
      "retinanet_resnet50_fpn", "coco_v1", of: "retinanet-resnet-50",
      file: "retinanet_resnet50_fpn_coco-eeacb38b", mebibytes: 130.267, score: 36.4, data: .coco,
      classes: 91, size: 800, resize: 800),
    torchvision(
      "fcn_resnet50", "coco_with_voc_labels_v1", of: "fcn-resnet-50",
      file: "fcn_resnet50_coco-1167a1af", mebibytes: 135.009, score: 60.5, data: .coco, classes: 21,
      size: 520, resize: 520),
    torchvision(
      "fcn_resnet101", "coco_with_voc_labels_v1", of: "fcn-resnet-101",
      file: "fcn_resnet101_coco-7ecb50ca", mebibytes: 207.711, score: 63.7, data: .coco,
      classes: 21, size: 520, resize: 520),
    torchvision(
      "deeplabv3_resnet50", "coco_with_voc_labels_v1", of: "deeplabv3-resnet-50",
      file: "deeplabv3_resnet50_coco-cd0a2569", mebibytes: 160.515, score: 66.4, data: .coco,
      classes: 21, size: 520, resize: 520),
    torchvision(
      "deeplabv3_resnet101", "coco_with_voc_labels_v1", of: "deeplabv3-resnet-101",
      file: "deeplabv3_resnet101_coco-586e9e4e", mebibytes: 233.217, score: 67.4, data: .coco,
      classes: 21, size: 520, resize: 520),
  ]

  private static func torchvision(
    _ name: String, _ tag: String, of model: String, file: String, mebibytes: Double,
    isDefault: Bool = true, score: Double, data: Data = .imagenet, classes: Int = 1000,
    size: Int = 224,
    resize: Int = 256, halved: Bool = false, _ interpolation: Interpolation = .bilinear
  ) -> PublishedWeights {
    PublishedWeights(
      name: "torchvision/\(name).\(tag)", aliases: isDefault ? ["torchvision/" + name] : [],
      model: model,
      url: "https://download.pytorch.org/models/\(file).pth",
      checksum: file.split(separator: "-").last.map { .sha256(String($0)) },
      size: .mebibytes(mebibytes),
      license: "BSD-3-Clause", data: data, classes: classes, score: score,
      preprocessing: Preprocessing(
        size: size, resize: resize, halved ? .halves : .imagenet, interpolation))
  }
}

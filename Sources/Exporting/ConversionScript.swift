/// A piece of Python that makes a trained classifier's weights a model for phones, by the converter's own package.
///
/// It builds the network by torchvision or timm, gives it the weights from a file of safetensors beside it, puts the
/// normalization and the softmax around it, and converts it.
public struct ConversionScript {
  /// What the weights become.
  public enum Target: Sendable {
    /// A Core ML package, by coremltools.
    case coreML
    /// A LiteRT (formerly TensorFlow Lite) model, by litert-torch.
    case liteRT
  }

  /// The script.
  public let text: String

  /// Writes the script.
  ///
  /// - Parameters:
  ///   - network: where Python has the network: `torchvision/resnet18`, `timm/efficientnet_b0`.
  ///   - weights: the name of the file of weights, in the script's folder.
  ///   - name: what the converted model is called, without an ending.
  ///   - height: of the images, in pixels.
  ///   - width: of the images, in pixels.
  public init(
    to target: Target, _ network: String, weights: String, name: String,
    height: Int, width: Int
  ) {
    let (weights, name) = (Self.escaped(weights), Self.escaped(name))
    let converter =
      switch target {
      case .coreML: "coremltools"
      case .liteRT: "litert-torch"
      }
    let parts = network.split(separator: "/").map(String.init)
    let (package, function) = (parts.first ?? "", parts.last ?? "")
    let options =
      function == "googlenet"
      ? ", aux_logits=False, init_weights=False"
      : function.hasPrefix("vit") && package == "timm" ? ", dynamic_img_size=True" : ""
    let maker =
      package == "timm"
      ? "timm.create_model(\"\(function)\", " : "torchvision.models.\(function)("
    text = """
      # Written by Rondo. Converts \(weights), which has to lie beside this file:
      #     pip install torch \(package) safetensors \(converter)
      #     python3 THIS_FILE
      import pathlib

      import \(package)
      import torch
      from safetensors import safe_open

      FOLDER = pathlib.Path(__file__).resolve().parent

      with safe_open(FOLDER / "\(weights)", "pt") as file:
          about = file.metadata()
          state = {name: file.get_tensor(name) for name in file.keys()}
      classes = about["classes"].split("\\n")
      network = \(maker)num_classes=len(classes)\(options))
      network.load_state_dict(state)


      class Classifier(torch.nn.Module):
          \"""Probabilities of the classes for RGB images [N, 3, H, W] of numbers from 0 to 255.\"""

          def __init__(self):
              super().__init__()
              self.network = network
              for name in ("mean", "deviation"):
                  numbers = torch.tensor([255 * float(number) for number in about[name].split()])
                  self.register_buffer(name, numbers.view(1, -1, 1, 1))

          def forward(self, image):
              return self.network((image - self.mean) / self.deviation).softmax(1)


      model = Classifier().eval()
      example = torch.full((1, 3, \(height), \(width)), 127.0)
      \(Self.conversion(to: target, name))

      """
  }

  /// A file's name as it stands within a Python literal.
  private static func escaped(_ name: String) -> String {
    name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }

  private static func conversion(to target: Target, _ name: String) -> String {
    switch target {
    case .coreML:
      """
      import coremltools

      converted = coremltools.convert(
          torch.jit.trace(model, example),
          inputs=[coremltools.ImageType(name="image", shape=tuple(example.shape))],
          classifier_config=coremltools.ClassifierConfig(classes),
          minimum_deployment_target=coremltools.target.iOS16)
      converted.short_description = about["model"] + ", trained by Rondo"
      converted.save(FOLDER / "\(name).mlpackage")
      print(FOLDER / "\(name).mlpackage")
      """
    case .liteRT:
      """
      import litert_torch

      litert_torch.convert(model, (example,)).export(str(FOLDER / "\(name).tflite"))
      (FOLDER / "\(name).txt").write_text("\\n".join(classes) + "\\n")
      print(FOLDER / "\(name).tflite")
      """
    }
  }
}

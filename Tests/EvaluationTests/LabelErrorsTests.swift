import Testing

@testable import Evaluation

@Suite struct `Label errors` {
  private func errors(_ probabilities: [[Double]], labels: [Int]) -> LabelErrors {
    LabelErrors(
      zip(probabilities, labels).map {
        LabelErrors.Prediction(image: "a", fold: 1, label: $1, probabilities: $0)
      }, data: "photos", folds: 2, broken: 0, classNames: ["a", "b"], picture: { _ in nil })
  }

  @Test func `say how often the models predict the labels`() {
    let good = errors([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.3, 0.7]], labels: [0, 0, 1, 1])
    #expect(good.headline == "0 of 4 labels are doubted")
    #expect(good.reliability == "out of fold the models predict 100.0 % of the labels")
    #expect(good.text.contains(good.reliability))
  }

  /// The mean probability of class b over the images with its label is 0.6, and the two others of label a have more.
  @Test func `of models that doubt much say that these are poor`() {
    let poor = errors([[0.1, 0.9], [0.2, 0.8], [0.9, 0.1], [0.4, 0.6]], labels: [0, 0, 0, 1])
    #expect(poor.doubts.count == 2)
    #expect(poor.reliability.hasPrefix("out of fold the models predict 50.0 % of the labels; "))
    #expect(poor.reliability.contains("train longer"))
  }
}

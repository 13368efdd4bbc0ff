import Datasets
import Runs

extension DataSplits {
  /// The split that is evaluated during a run: the validation images, if there are any, else the test images.
  var evaluationSplit: MetricsRow.Split { validation == nil ? .test : .validation }
}

import Numbers

/// A run in a list: where it stands, and its last metrics.
struct RunOverview: Sendable, Encodable {
  /// A metric, by the field's name.
  struct Metric: Sendable, Encodable {
    let name: String
    @NaNAsNull var value: Double
  }

  /// How it is called in its folder.
  let name: String
  /// Its folder, as the program was given it and as a shell reads it.
  let path: String
  var state = RunState.stopped
  /// What is done with it by a process that does not train it: `evaluated by process 12`.
  var work: String?
  /// The model and the data, in words.
  var what = ""
  /// The updates that are made.
  var update = 0
  /// The updates of the whole run; nil for a run without an end, and before there is a plan.
  var total: Int?
  /// The epoch of the last update, from 1; nil before there is one.
  var epoch: Int?
  /// The epochs of the whole run.
  var epochs: Double?
  /// The mean loss of the last batches.
  var loss: Double?
  /// The last learning rate.
  var learningRate: Double?
  /// The last metrics of the evaluation split, or the final ones.
  var metrics: [Metric] = []
  /// Which split they are of.
  var split = "evaluation"
  /// Training images a second.
  var imagesPerSecond: Double?
  /// The seconds of training that are left; nil where that is not known.
  var secondsLeft: Double?
  /// The seconds of training until now.
  var seconds: Double?
  /// The most memory that its process has held, in bytes.
  var memory: Int?
  /// When its files changed last, in seconds since 1970.
  var modified = 0.0
  /// What is wrong with its files, in a sentence; or why the run failed.
  var problem: String?
}

import Numbers

/// A run in a list: where it stands, and its last metrics; what is not known is `null` in JSON.
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
  @NilAsNull var work: String? = nil
  /// The model and the data, in words.
  var what = ""
  /// The updates that are made.
  var update = 0
  /// The updates of the whole run; nil for a run without an end, and before there is a plan.
  @NilAsNull var total: Int? = nil
  /// The epoch of the last update, from 1; nil before there is one.
  @NilAsNull var epoch: Int? = nil
  /// The epochs of the whole run.
  @NilAsNull var epochs: Double? = nil
  /// The mean loss of the last batches.
  @NilAsNull var loss: Double? = nil
  /// The last learning rate.
  @NilAsNull var learningRate: Double? = nil
  /// The last metrics of the evaluation split, or the final ones; NaN where one is undefined.
  var metrics: [Metric] = []
  /// Which split they are of.
  var split = "evaluation"
  /// Training images a second.
  @NilAsNull var imagesPerSecond: Double? = nil
  /// The seconds of training that are left; nil where that is not known.
  @NilAsNull var secondsLeft: Double? = nil
  /// The seconds of training until now.
  @NilAsNull var seconds: Double? = nil
  /// The most memory that its process has held, in bytes.
  @NilAsNull var memory: Int? = nil
  /// When its files changed last, in seconds since 1970.
  var modified = 0.0
  /// What is wrong with its files, in a sentence; or why the run failed.
  @NilAsNull var problem: String? = nil
}

/// Tells data that have images to evaluate and none to train on from other data that cannot be read.
public enum MissingTraining {
  /// Whether an error says that data have no training images; they may still be evaluated.
  public static func isSaid(by error: any Error) -> Bool {
    switch error {
    case LayoutError.noTrainingSplit, ShardError.noTrainingShards, DataError.noImages: true
    case MaskError.noImages(_, let part): part == "training"
    default: false
    }
  }
}

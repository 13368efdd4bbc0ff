import Formatting
import Numbers

/// How much each class counts in the loss, in a line of text: `class weights: cat 1.000, dog 2.500`.
func classWeightsLine(_ names: [String], _ weights: [Double]) -> String {
  "class weights: " + listed(zip(names, weights).map { "\($0) \(formatted($1, digits: 3))" })
}

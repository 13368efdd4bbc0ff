// Rondo's range finder on a range test of one's own: a CSV file with the columns `lr` and `loss`, from any system.
//
//     .product(name: "Tuning", package: "rondo")
//
//     swift run OwnCurve range-test.csv

import Foundation
import Tuning

guard CommandLine.arguments.count == 2 else {
  print("usage: OwnCurve FILE.csv")
  exit(2)
}

do {
  let curve = try RangeTestCurve.read(csv: CommandLine.arguments[1])
  switch curve.findRange() {
  case .found(let range):
    print("base \(range.base)")
    print("max \(range.max)")
    print("one-cycle max \(range.oneCycleMax)")
  case .none(let reason):
    print("no range: \(reason)")
  }
} catch {
  print(error.localizedDescription)
  exit(2)
}

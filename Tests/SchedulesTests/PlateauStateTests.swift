import Foundation
import Schedules
import Testing

@Suite struct `The state of a plateau rule` {
  @Test func `of an older file is read`() throws {
    let text = #"{"rate": 0.1, "best": 0.5, "badFigures": 3, "coolingDown": 1}"#
    let state = try JSONDecoder().decode(ReduceOnPlateau.State.self, from: Data(text.utf8))
    #expect(state.badEvaluations == 3 && state.rate == 0.1 && state.coolingDown == 1)
    let written = try JSONEncoder().encode(state)
    #expect(try JSONDecoder().decode(ReduceOnPlateau.State.self, from: written) == state)
  }
}

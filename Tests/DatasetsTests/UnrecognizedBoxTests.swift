import Boxes
import Foundation
import Testing

@testable import Datasets

@Suite struct `A folder that is like no data set` {
  @Test func `is refused with what it is nearest to, and no other task's layouts`() throws {
    let directory = BoxDirectory()
    try directory.image("images/a.png")
    try directory.write("0 0.5 0.5 0.5 0.5\n", "labels/a.txt")
    let boxes = #expect(throws: (any Error).self) { try DataSource(named: directory.path).load() }
    #expect(boxes.map { "\($0)" }?.contains("put a data.yaml with the classes' names") == true)
    let asked = #expect(throws: AnnotationError.self) {
      try DataSource(named: directory.path).loadBoxes()
    }
    #expect(asked.map { "\($0)" }?.contains("no data.yaml or classes.txt") == true)
    #expect(boxes.map { "\($0)" }?.contains("CIFAR") == false)
    let masks = MaskDirectory()
    try masks.mask("masks/a.png") { UInt8($0 % 2) }
    try masks.write("x", "images.txt")
    let error = #expect(throws: (any Error).self) { try DataSource(named: masks.path).load() }
    #expect(error.map { "\($0)" }?.contains("CIFAR") == false)
  }
}

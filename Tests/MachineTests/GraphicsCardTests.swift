import Testing

@testable import Machine

@Suite struct `A graphics card` {
  @Test func `is read from what its driver says`() {
    let cards = GraphicsCard.cards(
      in: "NVIDIA H100 80GB HBM3, 81559, 550.54.15\nTesla T4, 15360, 550.54.15\n")
    #expect(
      cards.map(\.description) == [
        "NVIDIA H100 80GB HBM3, 79.6 GiB, driver 550.54.15", "Tesla T4, 15.0 GiB, driver 550.54.15",
      ])
  }

  @Test(arguments: [
    "", "\n", "No devices were found\n", "NVIDIA-SMI has failed, since it cannot, communicate\n",
    "a, b\n", "Tesla T4, [N/A], 550\n",
  ])
  func `is none where the driver names none`(text: String) {
    #expect(GraphicsCard.cards(in: text).isEmpty)
  }
}

import Foundation
import JSON
import Models
import SharedTestData
import Testing
import Training

/// Steps that are given up between their batches.
@Suite(.needsSharedData)
struct AbandonedStepTests {
  @Test(arguments: [true, false])
  func `a step that is given up has changed nothing, and taken again it ends with the same bits`(
    isAdapter: Bool
  ) throws {
    let whole = try ResumeTests.trainer(isAdapter: isAdapter)
    try ResumeTests.run(whole)
    let hesitant = try ResumeTests.trainer(isAdapter: isAdapter)
    _ = try hesitant.run(untilStep: 2)
    _ = try hesitant.adjust(["learning_rate": 1e-3], sequence: 1, atStep: 5)
    while !hesitant.isFinished {
      let (state, values) = (hesitant.state, Fixture.values(hesitant))
      var asked: [[Int]] = []
      // Up to the last batch of the window; an evaluation does not ask.
      let events = try hesitant.step { done, count in
        asked.append([done, count])
        return done < count - 1
      }
      guard !asked.isEmpty else { continue }
      #expect(asked.allSatisfy { $0[1] == asked.count })
      #expect(events.allSatisfy { if case .adjusted = $0 { true } else { false } })
      // The adjustment that came into force stays; all else is as it was.
      if events.isEmpty { #expect(hesitant.state == state) }
      #expect(Fixture.values(hesitant) == values)
      _ = try hesitant.step()
    }
    #expect(Fixture.values(hesitant) == Fixture.values(whole))
    #expect(hesitant.state == whole.state)
  }

  @Test func `a checkpoint after a step that was given up is that of the last whole step`() throws {
    let folder = try TemporaryDirectory()
    let trainer = try ResumeTests.trainer(isAdapter: true)
    try trainer.run(untilStep: 2)
    try trainer.save(to: folder.path + "/before")
    #expect(try trainer.step { done, _ in done < 1 }.isEmpty)
    try trainer.save(to: folder.path + "/after")
    for name in ["adapter_model.safetensors", "optimizer.safetensors", "trainer_state.json"] {
      let files = try ["before", "after"].map { try Data(contentsOf: URL(filePath: "\(folder.path)/\($0)/\(name)")) }
      #expect(files[0] == files[1], "\(name)")
    }
  }
}

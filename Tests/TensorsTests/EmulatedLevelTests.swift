import Foundation
import Testing

/// The kernels at the levels that this machine may not have, so that none runs for the first time at a user's.
@Suite(.needsEmulator)
struct EmulatedLevelTests {
  /// Cases per kernel; a failure names the seed and the shape of its case.
  static let rounds = ProcessInfo.processInfo.environment["QUERN_PROOF"] != nil ? 100 : 3

  @Test(arguments: EmulatedProcessor.allCases)
  func `every kernel has the portable bits on a processor with AVX-512`(processor: EmulatedProcessor) throws {
    let run = try processor.run(EmulatedProcessor.kernelsProgram.get(), ["1", "\(Self.rounds)"])
    #expect(run.status == 0, "\(run.output)")
    #expect(run.output.contains("level \(processor.level), "), "\(run.output)")
  }

  @Test func `a processor without AVX-512 refuses its instructions, so the emulator does run them`() throws {
    let program = try EmulatedProcessor.compile("int main(void) { __asm__(\"vpxord %zmm0, %zmm0, %zmm0\"); }")
    #expect(try EmulatedProcessor.sapphireRapids.run(program, []).status == 0)
    let invalidOpcode: Int32 = 128 + 6
    #expect(try EmulatedProcessor.run("haswell", program, []).status == invalidOpcode)
  }
}

import Foundation
import Telemetry
import Testing

struct TensorBoardTests {
  /// Made by torch.utils.tensorboard's RecordWriter and tensorboard 2.21.0's Event messages.
  @Test(
    arguments: [
      (
        TensorBoardEvent(wallTime: 1_700_000_000, step: 0, .fileVersion),
        "1800000000000000a37f4b220900000040fc54d9411a0d627261696e2e4576656e743a32eced8f9d"
      ),
      (
        TensorBoardEvent(
          wallTime: 1_700_000_000.5,
          step: 300,
          .scalars([.init(tag: "train/loss", value: 2.5), .init(tag: "eval/loss", value: -0.125)])
        ),
        "33000000000000000ca720560900002040fc54d94110ac022a250a110a0a747261696e2f6c6f737315000020400a100a096576616c2f6c6f737315000000bea5691462"
      ),
      (
        TensorBoardEvent(wallTime: 1_700_000_001, step: 200, .restart),
        "100000000000000095fbfe180900004040fc54d94110c8013a0208014097d4ac"
      ),
      (
        TensorBoardEvent(wallTime: 1_700_000_001, step: 0, .text(tag: "args/text_summary", "a: 1 · 詩")),
        "410000000000000000a9c2ab0900004040fc54d9412a360a340a11617267732f746578745f73756d6d61727942150807120412020801420b613a203120c2b720e8a9a94a080a060a0474657874f4f3341e"
      ),
    ]
  )
  func `an event has the bytes that TensorBoard's own writer gives it`(event: TensorBoardEvent, hexadecimal: String) {
    #expect(event.record.map { String(format: "%02x", $0) }.joined() == hexadecimal)
  }

  @Test(
    arguments: [
      ("loss", "train/loss"), ("eval_loss", "eval/loss"), ("test_runtime", "test/runtime"),
      ("train_loss", "train/train_loss"), ("evaluated", "train/evaluated"),
    ]
  )
  func `values go under the tags of transformers`(name: String, tag: String) {
    #expect(TensorBoardTag.tag(of: name) == tag)
  }

  @Test func `files of one second are in the order of their parts, and none is written over`() throws {
    let temporary = try TemporaryDirectory()
    let directory = temporary.path
    let files = try [0, 1, 10].map {
      try TensorBoardFile(directory: directory + "/run", host: "here", startedAt: 1_700_000_000.9, part: $0)
    }
    #expect(files.map(\.path) == files.map(\.path).sorted())
    #expect(files[0].path.contains("/events.out.tfevents.1700000000.here."))
    #expect(throws: TensorBoardError.self) {
      try TensorBoardFile(directory: directory + "/run", host: "here", startedAt: 1_700_000_000, part: 1)
    }
  }

  @Test func `a directory that cannot be made is an error that names it`() throws {
    let error = #expect(throws: TensorBoardError.self) {
      try TensorBoardFile(directory: "/proc/none", host: "here", startedAt: 0)
    }
    #expect(error?.description.contains("/proc/none") == true)
  }

  @Test(.enabled(if: TensorBoardReader.isInstalled, "pip install tensorboard, and put its python first on PATH"))
  func `TensorBoard reads two files of a run as one that went on from an earlier step`() throws {
    let temporary = try TemporaryDirectory()
    let directory = temporary.path
    let first = try TensorBoardFile(directory: directory, host: "one", startedAt: 1_700_000_000)
    try first.append([TensorBoardEvent(wallTime: 1_700_000_000, step: 0, .text(tag: "args/text_summary", "r: 8"))])
    for step in 1...4 { try first.append([.loss(Float(10 - step), step: step, at: 1_700_000_000)]) }
    try first.flush()
    let second = try TensorBoardFile(directory: directory, host: "two", startedAt: 1_700_000_100, restartStep: 3)
    for step in 3...6 { try second.append([.loss(Float(step), step: step, at: 1_700_000_100)]) }
    try second.flush()
    #expect(try TensorBoardReader.read(directory) == "1:9.0 2:8.0 3:3.0 4:4.0 5:5.0 6:6.0|r: 8")
  }
}

extension TensorBoardEvent {
  fileprivate static func loss(_ value: Float, step: Int, at time: Double) -> TensorBoardEvent {
    TensorBoardEvent(wallTime: time, step: step, .scalars([Scalar(tag: "train/loss", value: value)]))
  }
}

/// The real package from PyPI.
private enum TensorBoardReader {
  static let isInstalled = (try? run("import tensorboard")) != nil

  /// The points of train/loss and the text of args.
  static func read(_ directory: String) throws -> String {
    try run(
      """
      from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
      run = EventAccumulator("\(directory)")
      run.Reload()
      points = " ".join(f"{s.step}:{s.value}" for s in run.Scalars("train/loss"))
      print(points + "|" + run.Tensors("args/text_summary")[0].tensor_proto.string_val[0].decode(), end="")
      """
    )
  }

  private struct Failure: Error {}

  private static func run(_ program: String) throws -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-c", program]
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure() }
    return text
  }
}

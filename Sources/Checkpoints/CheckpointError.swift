internal import JSON

/// Why a checkpoint was refused: where, what is wrong, and what to do next.
package struct CheckpointError: Error, Sendable, Hashable, CustomStringConvertible {
  package enum Reason: Sendable, Hashable {
    // files
    case missingFile
    case notARegularFile
    case cannotRead(errno: Int32)
    case cannotWrite(errno: Int32)
    case tooLarge(bytes: Int, limit: Int)
    case pickledWeights
    case missingTokenizer
    case missingWeights
    case unsafeFileName(String)
    // safetensors
    case truncatedHeader(fileBytes: Int)
    case headerTooLarge(bytes: UInt64)
    case headerBeyondFile(headerBytes: Int, fileBytes: Int)
    case headerDoesNotStartWithBrace
    case invalidJSON(JSONErrorText)
    case invalidEntry(tensor: String, problem: String)
    case repeatedTensor(String)
    case unknownDType(tensor: String, dtype: String)
    case shapeOverflow(tensor: String)
    case sizeMismatch(tensor: String, expectedBytes: Int, actualBytes: Int)
    case offsetsBeyondData(tensor: String, end: Int, dataBytes: Int)
    case overlap(tensor: String, other: String)
    case hole(start: Int, end: Int)
    case trailingBytes(count: Int)
    // GGUF
    case notGGUF
    case bigEndianGGUF
    case unsupportedGGUFVersion(UInt32)
    case metadataTooLarge(limit: Int)
    case endsInside(what: String, fileBytes: Int)
    case countBeyondFile(what: String, count: UInt64, fileBytes: Int)
    case invalidGGUF(what: String, problem: String)
    case unsupportedGGMLType(tensor: String, type: String)
    case splitGGUF(parts: Int)
    case severalGGUF(count: Int)
    // sharded index
    case invalidIndex(String)
    case tensorNotInShard(tensor: String, shard: String)
    case tensorNotInIndex(tensor: String, shard: String)
    // adapter
    case adapterTensorWithoutBase(String)
    // model
    case missingKey(String)
    case invalidValue(key: String, problem: String)
    case unsupported(key: String, value: String, supported: String)
    case missingTensor(String)
    case unexpectedTensor(String)
    case shapeMismatch(tensor: String, expected: [Int], actual: [Int])
    case insufficientMemory(neededBytes: Int, availableBytes: Int, source: String)
    case unsupportedDType(tensor: String, dtype: String)
  }

  /// The file or directory at fault.
  package let path: String
  package let reason: Reason

  package init(path: String, _ reason: Reason) {
    self.path = path
    self.reason = reason
  }

  package var description: String { "\(path): \(problem); \(nextStep)" }
}

/// The parser's sentence about a text that is no JSON.
package typealias JSONErrorText = String
